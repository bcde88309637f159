/**
 * Entry point of the extension. Activation only registers: every command, tree and panel loads the rest on first use,
 * and nothing connects before something is looked at or asked for.
 */
import { basename } from 'node:path';
import { commands, window, workspace, type ExtensionContext, type TextDocument } from 'vscode';
import type { Extension } from './compose.ts';
import { EditorTracker } from './context/editor-tracker.ts';
import { commandIds, panelType, type CommandName } from './contributions.ts';
import { createSurfaces } from './views/surfaces.ts';

export function activate(context: ExtensionContext): void {
  let extension: Promise<Extension> | undefined;
  const load = (): Promise<Extension> =>
    (extension ??= import('./compose.ts').then(({ compose }) => {
      const composed = compose({ context, surfaces, editors });
      context.subscriptions.push(composed);
      return composed;
    }));
  const surfaces = createSurfaces(async () => (await load()).trees);
  const editors = new EditorTracker();
  context.subscriptions.push(surfaces, editors);

  for (const name of Object.keys(commandIds) as CommandName[]) {
    const run = async (...given: unknown[]): Promise<void> => (await load()).run(name, given);
    context.subscriptions.push(commands.registerCommand(commandIds[name], run));
  }
  context.subscriptions.push(
    window.registerWebviewPanelSerializer(panelType, {
      deserializeWebviewPanel: async (panel, state: unknown) => (await load()).adoptPanel(panel, state),
    }),
  );

  // Completion and problems in config.jsonc need the daemon; every other document is none of our business.
  const onOpen = (document: TextDocument): void => {
    if (basename(document.fileName) !== 'config.jsonc') return;
    void load().then((loaded) => loaded.documentOpened(document));
  };
  context.subscriptions.push(workspace.onDidOpenTextDocument(onOpen));
  workspace.textDocuments.forEach(onOpen);
}
