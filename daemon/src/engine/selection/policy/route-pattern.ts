/**
 * Patterns on route ids: `node/model` with `*` for any run of characters, slashes included, because model ids of
 * aggregators hold slashes themselves. A pattern without a slash and without `*` names a whole node. Letter case does
 * not count: a deny list that misses a route for its spelling would fail open.
 *
 * Matching is greedy over the literal pieces, so it takes one pass and can't backtrack, whatever a repository's
 * settings hold. Regular expressions would.
 */

/** Takes route ids folded by `foldRouteId`. */
export type RouteMatcher = (foldedRouteId: string) => boolean;

export function foldRouteId(routeId: string): string {
  return routeId.toLowerCase();
}

/** Prepares one pattern. */
export function compileRoutePattern(pattern: string): RouteMatcher {
  const folded = foldRouteId(pattern.trim());
  if (folded === '*' || folded === '*/*') return () => true;
  const pieces = folded.split('*');
  const first = pieces[0] ?? '';
  if (pieces.length === 1) {
    const node = folded.includes('/') ? null : `${folded}/`;
    return (routeId) => routeId === folded || (node !== null && routeId.startsWith(node));
  }
  const last = pieces.at(-1) ?? '';
  const middle = pieces.slice(1, -1).filter((piece) => piece !== '');
  return (routeId) => {
    const end = routeId.length - last.length;
    if (end < first.length || !routeId.startsWith(first) || !routeId.endsWith(last)) return false;
    let from = first.length;
    for (const piece of middle) {
      const found = routeId.indexOf(piece, from);
      if (found < 0 || found + piece.length > end) return false;
      from = found + piece.length;
    }
    return true;
  };
}
