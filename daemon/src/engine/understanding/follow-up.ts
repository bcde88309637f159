/**
 * "Yes, do it" is no task of its own: it goes on with the last one, whose kind, class and difficulty it inherits.
 * Classified by itself it would look like the easiest task of all and get the weakest model.
 */

const maxChars = 160;

/** A turn that says nothing but: go on, agreed, again, or a small correction. Anchored: it must be all there is. */
const agreements =
  /^(?:(?:yes|yeah|yep|yup|y|ok|okay|k|sure|great|good|perfect|nice|cool|right|correct|exactly|agreed|fine|sounds good|looks good|lgtm|no|nope|nah|hmm|done|true)\b[\s,.!:;-]*)*(?:(?:(?:please |pls |now |just |then |and |so )*(?:do (?:it|that|this|so|both|all of (?:it|them|that))(?: now| again| too)?|go (?:ahead|on|for it)|continue|proceed|carry on|keep going|try (?:again|it|that|once more|another way)|retry|again|next|apply (?:it|that|them|this)|make it so|the (?:first|second|third|last|other) (?:one|option)|option [a-d1-9]|both|all of them|same (?:again|for the rest|here)|and\??|more|finish (?:it|up)|same)\b[\s,.!?:;-]*)+)?$/;

/** Whether a turn inherits the task of the turn before. `plain` is in lower case. */
export function isFollowUp(plain: string): boolean {
  const text = plain.trim();
  if (text === '' || text.length > maxChars) return false;
  return agreements.test(text.replace(/\s+/g, ' '));
}
