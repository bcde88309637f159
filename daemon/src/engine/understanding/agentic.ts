/**
 * Whether a task needs an agent (many steps over a repository: find, edit, run, look again) or one answer. The models'
 * order differs between the two, and so does the cost, by a factor of about fifty.
 */
// cspell:disable -- lists of words as people write them
import { createClueReader, hasChance, type Clued } from './clue-words.ts';

/** Evidence for many steps; each found adds its weight. What looks for the beginnings of lines is multiline. */
export const signs: readonly (Clued & { readonly weight: number })[] = [
  {
    weight: 0.5,
    words: 'across throughout',
    pattern:
      /\b(?:across|throughout) (?:the |this |my |our |all )*(?:whole |entire )?(?:repo(?:sitory)?|code ?base|project|workspace|packages?|modules|files)\b/,
  },
  {
    weight: 0.5,
    words: 'whole entire',
    pattern: /\b(?:whole|entire) (?:repo(?:sitory)?|code ?base|project|workspace|app|application|monorepo)\b/,
  },
  {
    weight: 0.5,
    words: 'through',
    pattern:
      /\b(?:go|work|walk|look) through the (?:repo(?:sitory)?|code ?base|project)\b.{0,40}\b(?:and|replace|change|fix|update)\b/,
  },
  {
    weight: 0.5,
    words: 'repo repository codebase base',
    pattern:
      /\b(?:in|of) (?:the|this|my|our) (?:repo(?:sitory)?|code ?base)\b.{0,60}\b(?:and (?:then )?(?:run|migrate|fix|update|replace|delete|remove))\b/,
  },
  {
    weight: 0.35,
    words: 'all every each',
    pattern:
      /\b(?:all|every|each) (?:the )?(?:files?|call ?sites?|usages?|references?|modules?|components?|endpoints?|callers?)\b/,
  },
  {
    weight: 0.35,
    words: 'run rerun execute',
    pattern:
      /\b(?:run|rerun|execute) (?:the |all |it |every )*(?:integration |unit |e2e )?(?:tests?|test suite|build|linter|type ?check|migrations?|until)\b/,
  },
  {
    weight: 0.4,
    words: 'until sure ensure so',
    pattern:
      /\b(?:until|make sure|ensure|so that) (?:all |the |every )*(?:tests?|build|ci|checks?|suite) (?:pass|passes|is green|are green|succeed)/,
  },
  {
    weight: 0.35,
    words: 'reproduce behavior behaviour example',
    pattern:
      /\b(?:steps to reproduce|to reproduce|expected behaviou?r|actual behaviou?r|minimal (?:reproducible )?example|how to reproduce)\b/,
  },
  {
    weight: 0.3,
    words: 'request pr branch',
    pattern: /\b(?:open|create|send|raise) (?:a |the )?(?:pull request|pr|merge request|branch)\b/,
  },
  {
    weight: 0.3,
    words: 'install upgrade bump migrate',
    pattern: /\b(?:install|upgrade|bump|migrate) (?:the |all |to )?(?:dependenc\w+|packages?|version|from)\b/,
  },
  {
    weight: 0.25,
    words: 'end scratch by then green',
    pattern:
      /\b(?:end[- ]to[- ]end|from scratch|step by step|file by file|then (?:run|commit|push|deploy|update|patch)|until it is green)\b/,
  },
  {
    weight: 0.25,
    words: 'bisect logs reproduce including',
    pattern: /\b(?:bisect|look at the logs|reproduce the|including tests)\b/,
  },
  {
    weight: 0.25,
    words: 'traceback file at',
    pattern:
      /\btraceback \(most recent call last\)|\bfile "[^"\n]+", line \d+|^\s+at [\w.$<>]+ ?\([^)\n]+:\d+/m,
  },
  {
    weight: 0.2,
    words:
      'version python node django os platform versionversion pythonversion nodeversion djangoversion osversion platformversion',
    pattern: /\b(?:version|python|node|django|os|platform)\s*(?:version)?\s*[:=]\s*v?\d+\.\d+/,
  },
  {
    weight: 0.2,
    words: 'issue ticket bug fixes closes',
    pattern: /\b(?:issue|ticket|bug) #?\d+|\b(?:fixes|closes) #\d+/,
  },
];

const readClues = createClueReader(signs);

/** Asking a regular expression whether it is multiline costs as much as a short search. */
const needLines = signs.map(({ pattern }) => pattern.multiline);

/** From this evidence on a task counts as agentic. */
export const agenticFrom = 0.5;

/** Evidence 0..1 in a prompt in lower case. Reads a bounded part. */
export function agenticEvidence(plain: string): number {
  const text = plain.slice(0, 3_000);
  const chances = readClues(text);
  if (chances === 0) return 0;
  // A line break between two words is as good as a blank; only what looks for lines needs the lines.
  const line = text.replace(/\s{2,}|[^\S ]/g, ' ');
  let evidence = 0;
  for (let at = 0; at < signs.length; at += 1) {
    const sign = signs[at];
    if (sign === undefined || !hasChance(chances, at)) continue;
    if (sign.pattern.test(needLines[at] === true ? text : line)) evidence += sign.weight;
  }
  return Math.min(1, evidence);
}
