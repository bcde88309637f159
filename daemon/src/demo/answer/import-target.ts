/**
 * Whether an import names a certain file. By its path, because one name stands in many folders: `../model/policy.ts` is
 * not the `policy.ts` beside it.
 */
import { posix } from 'node:path';

/** `name` as it stands in the import, both files as paths from the same folder. */
export function isImportOf(name: string, from: string, to: string): boolean {
  const target = bare(to);
  if (name.startsWith('.')) {
    const path = bare(posix.join(posix.dirname(from), name));
    return target === path || target === posix.join(path, 'index');
  }
  // A module by name: `shop/cart.h`, or `shop.cart` in a language that separates with dots.
  return [bare(name), name.replaceAll('.', '/')].some(
    (path) => path !== '' && (target === path || target.endsWith(`/${path}`)),
  );
}

/** Without its ending, with forward slashes. */
function bare(path: string): string {
  return path.replaceAll('\\', '/').replace(/\.\w+$/, '');
}
