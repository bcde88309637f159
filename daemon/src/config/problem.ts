/** A problem of the configuration file with its place, as the editor underlines it and as the wire carries it. */
import { type ConfigProblem, type ErrorCode, errorCatalog } from '@task-router/protocol';

/** Offsets count UTF-16 units from the start of the text. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

export interface FileProblem extends ConfigProblem, Place {
  readonly code: ErrorCode;
}

/** The wire's form knows lines only. */
export function toConfigProblem(problem: FileProblem): ConfigProblem {
  const { code, message, next, line } = problem;
  return { code, message, next, line };
}

export function configProblemAt(text: string, code: ErrorCode, message: string, place: Place): FileProblem {
  const { offset, length } = place;
  return {
    code,
    message: message.slice(0, 2000),
    next: errorCatalog[code].next,
    line: lineAt(text, offset),
    offset,
    length,
  };
}

/** 1-based, counting the line ends that editors count. */
function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split(/\r\n|\r|\n/).length;
}
