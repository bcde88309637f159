/**
 * Task classes: the rows of the table "class x model". A kind is a class; writing new code has sub-classes, because
 * models differ between them; work of many steps is a class of its own, whatever its kind.
 */
// cspell:disable -- lists of words as people write them
import type { TaskKind } from '../model/task.ts';

export type TaskClass =
  | TaskKind
  | 'generate.completion'
  | 'generate.algorithm'
  | 'generate.dataScience'
  | 'generate.otherLanguage'
  | 'agentic';

/** The order of the trained class heads. */
export const taskClasses: readonly TaskClass[] = [
  'explain',
  'fix',
  'refactor',
  'test',
  'document',
  'generate',
  'review',
  'commit',
  'chat',
  'generate.completion',
  'generate.algorithm',
  'generate.dataScience',
  'generate.otherLanguage',
  'agentic',
];

/** The kind a class belongs to; work of many steps is mostly a fix. */
export function kindOfClass(taskClass: TaskClass): TaskKind {
  switch (taskClass) {
    case 'generate.completion':
    case 'generate.algorithm':
    case 'generate.dataScience':
    case 'generate.otherLanguage':
      return 'generate';
    case 'agentic':
      return 'fix';
    case 'explain':
    case 'fix':
    case 'refactor':
    case 'test':
    case 'document':
    case 'generate':
    case 'review':
    case 'commit':
    case 'chat':
      return taskClass;
  }
}

const dataScience =
  /\b(?:pandas|numpy|data ?frames?|matplotlib|seaborn|plotly|scikit-learn|sklearn|scipy|pytorch|tensorflow|keras|jupyter|notebook|csv file|regression model|histogram|scatter plot|pivot table|groupby)\b/;
const completion =
  /\b(?:complete|finish|continue|fill in) (?:the |this |my )?(?:following |rest of the |missing )?(?:code|function|implementation|method|snippet|body|blanks?)\b|\bwhat (?:is|will be) the output of\b|your code here/;
const algorithm =
  /\b(?:sample input|input format|constraints:|time limit|leetcode|codeforces|atcoder|you are given an? (?:integer|array|string|0-indexed|1-indexed|list)|modulo 10\^9)\b|\b1 ?(?:<=|\u2264|\\le)/;
/** Languages the general classes were measured in; the others have a class of their own. */
const usual = new Set(['python', 'typescript', 'javascript', null]);

/** The class of writing new code, by words and language. `plain` is in lower case. */
export function generateClass(plain: string, language: string | null): TaskClass {
  const text = plain.slice(0, 4_000);
  if (algorithm.test(text)) return 'generate.algorithm';
  if (completion.test(text.slice(0, 400))) return 'generate.completion';
  if (dataScience.test(text)) return 'generate.dataScience';
  return usual.has(language) ? 'generate' : 'generate.otherLanguage';
}
