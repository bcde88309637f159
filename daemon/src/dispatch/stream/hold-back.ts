/**
 * What stands between a model's answer and whoever asked. A fresh answer is held back for its first moment, so that a
 * server that begins and fails at once can still be left without anybody seeing a seam. A continued answer is held back
 * until its seam has been checked (`seam.ts`).
 */
import type { AnswerPart } from '../../providers/model-call.ts';
import type { SeamCheck } from './seam.ts';

export interface AnswerGate {
  /** Takes the next piece. False: it does not join on, and the call is to be ended. */
  push(part: AnswerPart): boolean;
  /** The answer is complete: passes on what is still held. False as above. */
  finish(): boolean;
  /** The answer ended otherwise: what is held was never shown and never will be. */
  drop(): void;
}

/** An answer passes after this much text or this much time, whichever comes first. */
export const holdBack = { chars: 48, ms: 120 } as const;

/**
 * Passes an answer on from its first `holdBack` on, in pieces as they came; text that was held comes in one piece. Thinking
 * has a first moment of its own, before that of the text. A tool call can't be held back, for its arguments may take
 * long, so what is held goes out before it.
 */
export function holdBackGate(show: (part: AnswerPart) => void): AnswerGate {
  let held: AnswerPart[] = [];
  let chars = 0;
  let open: 'nothing' | 'thinking' | 'all' = 'nothing';
  let timer: NodeJS.Timeout | undefined;
  const letThrough = (what: 'thinking' | 'all') => {
    clearTimeout(timer);
    timer = undefined;
    open = what;
    chars = 0;
    const parts = held;
    held = [];
    for (const part of parts) show(part);
  };
  const hold = (part: AnswerPart, what: 'thinking' | 'all') => {
    held = withPart(held, part);
    chars += 'text' in part ? part.text.length : 0;
    if (chars >= holdBack.chars) letThrough(what);
    else timer ??= setTimeout(letThrough, holdBack.ms, what);
  };
  return {
    push(part) {
      if (part.type.startsWith('tool') && open !== 'all') letThrough('all');
      if (open === 'all' || (open === 'thinking' && part.type === 'thinking' && held.length === 0)) {
        show(part);
        return true;
      }
      const isThinking = held.every(({ type }) => type === 'thinking');
      // That text follows shows that the server goes on.
      if (part.type === 'text' && isThinking && held.length > 0) letThrough('thinking');
      hold(part, isThinking && part.type === 'thinking' ? 'thinking' : 'all');
      return true;
    },
    finish() {
      letThrough('all');
      return true;
    },
    drop() {
      clearTimeout(timer);
      held = [];
      open = 'all';
    },
  };
}

function withPart(held: AnswerPart[], part: AnswerPart): AnswerPart[] {
  const last = held.at(-1);
  if (last?.type !== 'text' || part.type !== 'text') return [...held, part];
  return [...held.slice(0, -1), { type: 'text', text: last.text + part.text }];
}

/**
 * Passes a continued answer on once its seam holds. `onStartOver`: the model began anew, and so does the answer; false where
 * what was shown can't be taken back. What it thinks before that is about being asked to go on and no part of the answer.
 */
export function seamGate(
  check: SeamCheck,
  show: (part: AnswerPart) => void,
  onStartOver: () => boolean,
): AnswerGate {
  let head = '';
  let isOpen = false;
  const judge = (isComplete: boolean): boolean => {
    const verdict = check(head, isComplete);
    switch (verdict.type) {
      case 'more':
        return true;
      case 'broken':
        return false;
      case 'startedOver':
        if (!onStartOver()) return false;
        break;
      case 'joined':
        head = head.slice(verdict.dropChars);
        break;
    }
    isOpen = true;
    if (head !== '') show({ type: 'text', text: head });
    return true;
  };
  return {
    push(part) {
      if (isOpen) {
        show(part);
        return true;
      }
      switch (part.type) {
        case 'thinking':
          return true;
        case 'text':
          head += part.text;
          return judge(false);
        default:
          // The text before a tool call is all there will be to judge by.
          if (!judge(true)) return false;
          show(part);
          return true;
      }
    },
    finish: () => isOpen || judge(true),
    drop() {
      isOpen = true;
      head = '';
    },
  };
}
