/** The extension that brings the fake models into windows that a browser drives. */
import { lm, type ExtensionContext } from 'vscode';
import { FakeModels, vendor } from './fake-models.ts';

export function activate(context: ExtensionContext): void {
  context.subscriptions.push(lm.registerLanguageModelChatProvider(vendor, new FakeModels()));
}
