/** What a generator is: it returns files that follow from other files of the project, and writes nothing itself. */

export interface GeneratedFile {
  /** Relative to the root of the project, with forward slashes. */
  readonly path: string;
  /** The whole content, ending in a line feed. */
  readonly text: string;
}

/** The same input gives the same bytes on every machine: no dates, no unsorted maps, no network. */
export type Generator = () => Promise<readonly GeneratedFile[]> | readonly GeneratedFile[];
