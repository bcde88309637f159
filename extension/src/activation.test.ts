import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Every module that loads together with `file`: its static imports and theirs, by name or path. */
function loadedWith(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const source = readFileSync(file, 'utf8');
  for (const [, specifier = ''] of source.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)';/gms)) {
    const path = join(dirname(file), specifier);
    if (specifier.startsWith('.') && existsSync(path)) loadedWith(path, found);
    else found.add(specifier);
  }
  return found;
}

const entry = join(import.meta.dirname, 'extension.ts');

describe('activation', () => {
  it('loads neither the language client nor the protocol’s schemas', () => {
    const packages = [...loadedWith(entry)].filter((name) => !name.endsWith('.ts'));
    expect(packages.sort()).toEqual(['node:path', 'vscode']);
  });

  it('loads a handful of small files', () => {
    const files = [...loadedWith(entry)].filter((name) => name.endsWith('.ts'));
    expect(files.length).toBeLessThan(6);
    const bytes = files.reduce((sum, name) => sum + readFileSync(name).length, 0);
    expect(bytes).toBeLessThan(24_000);
  });

  it('would notice an import that it follows', () => {
    expect([...loadedWith(join(import.meta.dirname, 'compose.ts'))]).toContain('@task-router/protocol');
  });
});
