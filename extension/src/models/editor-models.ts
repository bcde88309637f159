/**
 * The editor's own chat models, lent to the daemon for this window's tasks. The dialog that asks for consent may only
 * follow something the developer did, so it is risked only while a task of theirs runs here.
 */
import {
  CancellationTokenSource,
  EventEmitter,
  LanguageModelChatMessage,
  LanguageModelTextPart,
  lm,
  type CancellationToken,
  type Disposable,
  type ExtensionContext,
  type LanguageModelChat,
} from 'vscode';
import {
  lmInventoryRequest,
  lmRequest,
  type ChatMessage,
  type EditorModel,
  type ParamsOf,
  type ResultOf,
} from '@task-router/protocol';
import { ownModelVendors } from '../contributions.ts';
import type { Rpc } from '../daemon/rpc.ts';
import type { WsLink } from '../daemon/link.ts';
import { Disposables } from '../platform/disposables.ts';
import { Inventory } from './inventory.ts';
import { failureOf, modelFailure } from './lm-failure.ts';

type Call = ParamsOf<typeof lmRequest>;
type CallResult = ResultOf<typeof lmRequest>;

/** Counting is a courtesy; a slow counter must not hold up the answer. */
const countWithinMs = 2_000;

export interface EditorModelsOptions {
  readonly access: ExtensionContext['languageModelAccessInformation'];
  /** Whether a task that the developer started is running in this window. */
  readonly hasOwnTask: () => boolean;
}

/** Editors without chat models exist; there the daemon is told that we have none to offer. */
export function hasEditorModels(): boolean {
  const offered: { selectChatModels?: unknown } | undefined = lm;
  return typeof offered?.selectChatModels === 'function';
}

export class EditorModels implements Disposable {
  readonly #options: EditorModelsOptions;
  readonly #inventory: Inventory;
  readonly #disposables = new Disposables();
  #models = new Map<string, LanguageModelChat>();

  constructor(options: EditorModelsOptions) {
    this.#options = options;
    const changed = this.#disposables.add(new EventEmitter<unknown>());
    this.#disposables.add(lm.onDidChangeChatModels(() => changed.fire(undefined)));
    this.#disposables.add(options.access.onDidChange(() => changed.fire(undefined)));
    this.#inventory = this.#disposables.add(
      new Inventory({ list: () => this.#list(), onDidChange: (listener) => changed.event(listener) }),
    );
  }

  /** Answers the daemon's reverse calls over this client. */
  serve(rpc: Rpc<WsLink>): void {
    rpc.handle(lmInventoryRequest.method, async (params, signal) =>
      this.#inventory.answer(lmInventoryRequest.params.parse(params), signal),
    );
    rpc.handle(lmRequest.method, async (params, signal) => {
      const call = lmRequest.params.parse(params);
      return this.#run(call, (text) => rpc.sendPart(call.partialResultToken, { type: 'text', text }), signal);
    });
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #list(): Promise<EditorModel[]> {
    const offered = (await lm.selectChatModels()).filter((model) => !ownModelVendors.includes(model.vendor));
    this.#models = new Map(offered.map((model) => [keyOf(model), model]));
    return offered.flatMap((model) => {
      const canSend = this.#options.access.canSendRequest(model);
      // Refused by the developer: asking again would be a nuisance.
      if (canSend === false) return [];
      return [editorModel(model, canSend === true ? 'granted' : 'needsConsent')];
    });
  }

  async #run(call: Call, onText: (text: string) => Promise<void>, signal: AbortSignal): Promise<CallResult> {
    const model = this.#models.get(call.modelKey);
    if (model === undefined) throw modelFailure('modelNotFound', 'The editor no longer offers this model.');
    if (this.#options.access.canSendRequest(model) !== true && !this.#options.hasOwnTask()) {
      throw modelFailure('consentNeeded', `The use of ${model.name} has not been agreed to.`);
    }
    const cancellation = new CancellationTokenSource();
    const onAbort = (): void => cancellation.cancel();
    signal.addEventListener('abort', onAbort, { once: true });
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      cancellation.cancel();
    }, call.deadlineMs);
    try {
      return await stream(model, call, { onText, token: cancellation.token });
    } catch (error) {
      if (isLate) throw modelFailure('deadline', `${model.name} did not answer in time.`);
      throw failureOf(error);
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      cancellation.dispose();
    }
  }
}

async function stream(
  model: LanguageModelChat,
  call: Call,
  to: { readonly onText: (text: string) => Promise<void>; readonly token: CancellationToken },
): Promise<CallResult> {
  const messages = call.messages.map(chatMessage);
  const response = await model.sendRequest(messages, { justification: call.justification }, to.token);
  let answer = '';
  for await (const part of response.stream) {
    // Tools are not offered, so only text matters; parts that are not known yet are no error.
    if (!(part instanceof LanguageModelTextPart)) continue;
    answer += part.value;
    // One after the other: order, and the pace of the reader.
    await to.onText(part.value);
  }
  if (to.token.isCancellationRequested) throw modelFailure('deadline', 'The call was ended.');
  const [inputTokens, outputTokens] = await Promise.all([
    countTokens(model, call.messages.map(({ text }) => text).join('\n'), to.token),
    countTokens(model, answer, to.token),
  ]);
  return { finishReason: 'stop', inputTokens, outputTokens };
}

/** The editor's interface has no system role: such text goes ahead of the rest, as the developer's. */
function chatMessage({ role, text }: ChatMessage): LanguageModelChatMessage {
  return role === 'assistant'
    ? LanguageModelChatMessage.Assistant(text)
    : LanguageModelChatMessage.User(text);
}

async function countTokens(
  model: LanguageModelChat,
  text: string,
  token: CancellationToken,
): Promise<number | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), countWithinMs);
  });
  try {
    const count = await Promise.race([model.countTokens(text, token), late]);
    return count !== null && Number.isInteger(count) && count >= 0 ? count : null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Two vendors may give their models the same id. */
function keyOf(model: LanguageModelChat): string {
  return `${model.vendor}/${model.id}`;
}

function editorModel(model: LanguageModelChat, access: EditorModel['access']): EditorModel {
  const short = (text: string): string => text.slice(0, 500);
  return {
    modelKey: keyOf(model),
    vendor: short(model.vendor),
    family: short(model.family),
    name: short(model.name),
    version: short(model.version),
    maxInputTokens: Math.max(0, Math.floor(model.maxInputTokens) || 0),
    access,
  };
}
