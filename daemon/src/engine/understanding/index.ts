/** Understanding a task: what is asked, in which language, what does it need, how hard does it look? */
export { agenticEvidence, agenticFrom } from './agentic.ts';
export { type Guard, type GuardReason, type KnownGround } from './guard.ts';
export { plainPrompt } from './normalize.ts';
export { taskClasses, type TaskClass } from './task-class.ts';
export { type KindSource } from './task-kind.ts';
export { createTextFeatures, type TextFeatures } from './text-features.ts';
export { charsPerTokenOf, learnTokenRatio, noTokenRatios, type TokenRatios } from './token-ratio.ts';
export {
  createUnderstander,
  understoodChars,
  type TaskInput,
  type Understander,
  type Understanding,
  type UnderstandingModel,
} from './understand-task.ts';
