/**
 * What runs at the moment: each comes, stays for a while and goes, thousands a second. Not a Map or a Set, because V8 makes
 * a new table for one after as many changes as it holds, and links the old table to the new one. An old table that survived
 * one full collection of garbage then keeps every later table alive, each with all that ran when it was replaced, until the
 * next full collection: of 64 tasks side by side each was copied twice and kept for seconds after its end.
 */

/** In no order. Taking one away is linear in how many there are. */
export class Roster<Member> {
  readonly #members: Member[] = [];

  get size(): number {
    return this.#members.length;
  }

  add(member: Member): void {
    this.#members.push(member);
  }

  /** Without effect for who is not there. */
  delete(member: Member): void {
    const at = this.#members.indexOf(member);
    const last = at < 0 ? undefined : this.#members.pop();
    if (last !== undefined && at < this.#members.length) this.#members[at] = last;
  }

  /** Those who are there now, whatever happens to them meanwhile. */
  all(): readonly Member[] {
    return [...this.#members];
  }
}
