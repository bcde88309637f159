/**
 * Chat models of the editor that are none: they answer with what they were asked, word by word, as long as nobody
 * cancels. Registered with VS Code as any extension would register real ones.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type {
  CancellationToken,
  LanguageModelChatInformation,
  LanguageModelChatProvider,
  LanguageModelChatRequestMessage,
  LanguageModelResponsePart,
  Progress,
} from 'vscode';
import { LanguageModelTextPart } from 'vscode';

export const vendor = 'fake';

/** One call, as the model saw it. */
export interface FakeCall {
  readonly model: string;
  readonly text: string;
  isCancelled: boolean;
  hasEnded: boolean;
}

/** `requiresAuthorization` is a proposal of VS Code: with it the editor asks the developer before a first use. */
type Information = LanguageModelChatInformation & {
  readonly requiresAuthorization?: { readonly label: string };
};

const base = {
  family: 'fake',
  version: '1',
  maxInputTokens: 32_000,
  maxOutputTokens: 4_000,
  capabilities: {},
};
const models: readonly Information[] = [
  { ...base, id: 'plain', name: 'Fake Plain' },
  { ...base, id: 'guarded', name: 'Fake Guarded', requiresAuthorization: { label: 'Test account' } },
];

export class FakeModels implements LanguageModelChatProvider<Information> {
  readonly calls: FakeCall[] = [];
  /** Between two words, in ms. */
  pauseMs = 0;

  provideLanguageModelChatInformation(): Information[] {
    return [...models];
  }

  async provideLanguageModelChatResponse(
    model: Information,
    messages: readonly LanguageModelChatRequestMessage[],
    _options: unknown,
    progress: Progress<LanguageModelResponsePart>,
    token: CancellationToken,
  ): Promise<void> {
    const call: FakeCall = {
      model: model.id,
      text: messages.map(textOf).join('\n'),
      isCancelled: false,
      hasEnded: false,
    };
    this.calls.push(call);
    token.onCancellationRequested(() => (call.isCancelled = true));
    for (const word of words(
      `${model.name} has read ${call.text.length} characters and says: ${call.text}`,
    )) {
      if (token.isCancellationRequested) break;
      progress.report(new LanguageModelTextPart(word));
      if (this.pauseMs > 0) await delay(this.pauseMs);
    }
    call.hasEnded = true;
  }

  provideTokenCount(_model: Information, text: string | LanguageModelChatRequestMessage): Promise<number> {
    return Promise.resolve(words(typeof text === 'string' ? text : textOf(text)).length);
  }
}

function textOf(message: LanguageModelChatRequestMessage): string {
  return message.content.map((part) => (part instanceof LanguageModelTextPart ? part.value : '')).join('');
}

/** Each with the blanks that follow it. */
function words(text: string): readonly string[] {
  return text.match(/\S+\s*/g) ?? [];
}
