/**
 * Whether a task needs an agent (many steps over a repository: find, edit, run, look again) or one answer. The models'
 * order differs between the two, and so does the cost, by a factor of about fifty.
 */
// cspell:disable -- lists of words as people write them

/** Evidence for many steps; each found adds its weight. What looks for the beginnings of lines is multiline. */
const signs: readonly (readonly [number, RegExp])[] = [
  [
    0.5,
    /\b(?:across|throughout) (?:the |this |my |our |all )*(?:whole |entire )?(?:repo(?:sitory)?|code ?base|project|workspace|packages?|modules|files)\b/,
  ],
  [0.5, /\b(?:whole|entire) (?:repo(?:sitory)?|code ?base|project|workspace|app|application|monorepo)\b/],
  [
    0.5,
    /\b(?:go|work|walk|look) through the (?:repo(?:sitory)?|code ?base|project)\b.{0,40}\b(?:and|replace|change|fix|update)\b/,
  ],
  [
    0.5,
    /\b(?:in|of) (?:the|this|my|our) (?:repo(?:sitory)?|code ?base)\b.{0,60}\b(?:and (?:then )?(?:run|migrate|fix|update|replace|delete|remove))\b/,
  ],
  [
    0.35,
    /\b(?:all|every|each) (?:the )?(?:files?|call ?sites?|usages?|references?|modules?|components?|endpoints?|callers?)\b/,
  ],
  [
    0.35,
    /\b(?:run|rerun|execute) (?:the |all |it |every )*(?:integration |unit |e2e )?(?:tests?|test suite|build|linter|type ?check|migrations?|until)\b/,
  ],
  [
    0.4,
    /\b(?:until|make sure|ensure|so that) (?:all |the |every )*(?:tests?|build|ci|checks?|suite) (?:pass|passes|is green|are green|succeed)/,
  ],
  [
    0.35,
    /\b(?:steps to reproduce|to reproduce|expected behaviou?r|actual behaviou?r|minimal (?:reproducible )?example|how to reproduce)\b/,
  ],
  [0.3, /\b(?:open|create|send|raise) (?:a |the )?(?:pull request|pr|merge request|branch)\b/],
  [0.3, /\b(?:install|upgrade|bump|migrate) (?:the |all |to )?(?:dependenc\w+|packages?|version|from)\b/],
  [
    0.25,
    /\b(?:end[- ]to[- ]end|from scratch|step by step|file by file|then (?:run|commit|push|deploy|update|patch)|until it is green)\b/,
  ],
  [0.25, /\b(?:bisect|look at the logs|reproduce the|including tests)\b/],
  [0.25, /\btraceback \(most recent call last\)|\bfile "[^"\n]+", line \d+|^\s+at [\w.$<>]+ ?\([^)\n]+:\d+/m],
  [0.2, /\b(?:version|python|node|django|os|platform)\s*(?:version)?\s*[:=]\s*v?\d+\.\d+/],
  [0.2, /\b(?:issue|ticket|bug) #?\d+|\b(?:fixes|closes) #\d+/],
];

/** Asking a regular expression whether it is multiline costs as much as a short search. */
const evidences = signs.map(([weight, pattern]) => ({ weight, pattern, needsLines: pattern.multiline }));

/** From this evidence on a task counts as agentic. */
export const agenticFrom = 0.5;

/** Evidence 0..1 in a prompt in lower case. Reads a bounded part. */
export function agenticEvidence(plain: string): number {
  const text = plain.slice(0, 3_000);
  // A line break between two words is as good as a blank; only what looks for lines needs the lines.
  const line = text.replace(/\s{2,}|[^\S ]/g, ' ');
  let evidence = 0;
  for (const { weight, pattern, needsLines } of evidences)
    if (pattern.test(needsLines ? text : line)) evidence += weight;
  return Math.min(1, evidence);
}
