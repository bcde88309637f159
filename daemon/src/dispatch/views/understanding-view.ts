/** What a task was understood as, with one line for people. */
import type { Understanding as UnderstandingView } from '@task-router/protocol';
import type { Understanding } from '../../engine/index.ts';

export function understandingView(understanding: Understanding): UnderstandingView {
  const { kindSource, confidence, taskClass, language, isAgentic, needs, difficulty, guard } = understanding;
  return {
    kindSource,
    confidence,
    taskClass,
    language,
    isAgentic,
    asksForJson: needs.structuredOutput,
    difficulty,
    guard: { fired: guard.fired, reasons: [...guard.reasons] },
    words: words(understanding),
  };
}

/** From here on, on either side, a task is called hard or easy; between them nothing is said. */
const telling = 0.08;

/** `Fix, TypeScript, single turn; seems difficult`. */
function words({ kind, kindSource, language, isAgentic, needs, difficulty, guard }: Understanding): string {
  const what = [
    `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`,
    ...(language === null ? [] : [languageName(language)]),
    isAgentic ? 'many steps' : 'single turn',
    ...(needs.structuredOutput ? ['asks for JSON'] : []),
  ].join(', ');
  const notes = [
    ...(kindSource === 'inherited' ? ['goes on with the turn before'] : []),
    ...(kindSource === 'default' ? ['no words told its kind'] : []),
    ...(guard.fired ? [] : looks(difficulty)),
  ];
  return [what, ...notes].join('; ');
}

function looks(difficulty: number): string[] {
  if (difficulty >= 0.5 + telling) return ['seems difficult'];
  return difficulty <= 0.5 - telling ? ['seems easy'] : [];
}

const names: Readonly<Record<string, string>> = {
  typescript: 'TypeScript',
  typescriptreact: 'TypeScript',
  javascript: 'JavaScript',
  javascriptreact: 'JavaScript',
  csharp: 'C#',
  cpp: 'C++',
  php: 'PHP',
  sql: 'SQL',
  html: 'HTML',
  css: 'CSS',
  json: 'JSON',
  yaml: 'YAML',
};

/** As people write it; an unknown one with a capital. */
function languageName(id: string): string {
  const short = id.slice(0, 40);
  return Object.hasOwn(names, short)
    ? (names[short] ?? short)
    : `${short.charAt(0).toUpperCase()}${short.slice(1)}`;
}
