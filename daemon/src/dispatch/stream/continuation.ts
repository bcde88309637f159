/**
 * How a route is asked to go on from an answer that broke off. Anthropic's wire takes the beginning of the answer as the
 * assistant's last message, except for its newest models, which refuse that; everywhere else a model is told to repeat the
 * last words and go on, so that the seam can be checked.
 */
import type { ProviderKind } from '@task-router/protocol';
import { withMessages } from '../../providers/call-text.ts';
import type { ModelCall } from '../../providers/model-call.ts';
import { anchorOf, checkPrefilledSeam, checkRepeatedSeam } from './seam.ts';
import type { SeamCheck } from './seam.ts';

export interface Continuation {
  readonly call: ModelCall;
  readonly check: SeamCheck;
}

/** Claude from 4.6 on answers a prefilled message with 400. */
const refusesPrefill =
  /^claude-(?:[a-z]+-)?(?:4-[6-9]|4\.[6-9]|[5-9]|\d{2})(?:\D|$)|^claude-(?:mythos|fable)/;

/** The request that goes on from `partial`. */
export function continuationFor(
  target: { readonly provider: ProviderKind; readonly modelId: string },
  call: ModelCall,
  partial: string,
): Continuation {
  if (target.provider === 'anthropic' && !refusesPrefill.test(target.modelId)) {
    return {
      // The wire takes no blanks at the end of a prefill.
      call: withMessages(call, [{ role: 'assistant', text: partial.trimEnd() }]),
      check: checkPrefilledSeam(partial),
    };
  }
  return {
    call: withMessages(call, [
      { role: 'assistant', text: partial },
      { role: 'user', text: instruction(partial) },
    ]),
    check: checkRepeatedSeam(partial),
  };
}

function instruction(partial: string): string {
  return (
    'Your answer broke off in the middle. Continue it. Begin by repeating these last words of it exactly, then go on ' +
    'from there in the same language, format and indentation, without any remark:\n' +
    `<last_words>${anchorOf(partial)}</last_words>`
  );
}
