/**
 * What stands between a model's text and the developer. A fresh answer is held back for its first moment, so that a server
 * that begins and fails at once can still be left without anybody seeing a seam. A continued answer is held back until
 * its seam has been checked (`seam.ts`).
 */
import type { SeamCheck } from './seam.ts';

export interface AnswerGate {
  /** Takes the next piece of text. False: it does not join on, and the call is to be ended. */
  push(text: string): boolean;
  /** The answer is complete: passes on what is still held. False as above. */
  finish(): boolean;
  /** A tool call follows: passes on at once what is held, because the call can't be held back with it. */
  release(): void;
  /** The answer ended otherwise: what is held was never shown and never will be. */
  drop(): void;
}

/** An answer passes after this much text or this much time, whichever comes first. */
export const holdBack = { chars: 48, ms: 120 } as const;

/** Passes an answer on from its first `holdBack` on, in pieces as they came. */
export function holdBackGate(show: (text: string) => void): AnswerGate {
  let held = '';
  let isOpen = false;
  let timer: NodeJS.Timeout | undefined;
  const open = () => {
    clearTimeout(timer);
    isOpen = true;
    if (held !== '') show(held);
    held = '';
  };
  return {
    push(text) {
      if (isOpen) {
        show(text);
        return true;
      }
      held += text;
      if (held.length >= holdBack.chars) open();
      else timer ??= setTimeout(open, holdBack.ms);
      return true;
    },
    finish() {
      open();
      return true;
    },
    release: open,
    drop() {
      clearTimeout(timer);
      held = '';
      isOpen = true;
    },
  };
}

/** Passes a continued answer on once its seam holds. `onStartOver`: the model began anew, and so does the answer. */
export function seamGate(
  check: SeamCheck,
  show: (text: string) => void,
  onStartOver: () => void,
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
        onStartOver();
        break;
      case 'joined':
        head = head.slice(verdict.dropChars);
        break;
    }
    isOpen = true;
    if (head !== '') show(head);
    return true;
  };
  return {
    push(text) {
      if (isOpen) {
        show(text);
        return true;
      }
      head += text;
      return judge(false);
    },
    finish: () => isOpen || judge(true),
    release: () => undefined,
    drop() {
      isOpen = true;
      head = '';
    },
  };
}
