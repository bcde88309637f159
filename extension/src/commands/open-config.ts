/** Opens the developer's own configuration; the first time it is created, all comments. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Uri, languages, window, workspace } from 'vscode';
import { RouterError } from '@task-router/protocol';
import type { Services } from '../services.ts';
import { configTemplate } from './config-template.ts';

/** @throws RouterError `config.unreadable` */
export async function openConfig({ paths, connection }: Services): Promise<void> {
  try {
    await mkdir(dirname(paths.configFile), { recursive: true, mode: 0o700 });
    // Fails when the file is there, which is as good.
    await writeFile(paths.configFile, configTemplate, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    });
    const document = await workspace.openTextDocument(Uri.file(paths.configFile));
    // The user's settings may give .jsonc files another language.
    if (document.languageId !== 'jsonc') await languages.setTextDocumentLanguage(document, 'jsonc');
    await window.showTextDocument(document);
  } catch (cause) {
    throw new RouterError('config.unreadable', `${paths.configFile} can’t be opened.`, { cause });
  }
  // Completion and problems come from the daemon.
  connection.wake();
}
