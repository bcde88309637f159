/**
 * Language features for `config.jsonc`: diagnostics as one types, completion, hovers. The client says which documents
 * these are by opening them; the daemon's own file is read only when the editor has saved it.
 */
import type { MessageConnection } from 'vscode-jsonrpc/node';
import type {
  Diagnostic,
  PublishDiagnosticsParams,
  ServerCapabilities,
} from 'vscode-languageserver-protocol';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { ZodType } from 'zod';
import type { ConfigProblem } from '@task-router/protocol';
import type { Logger } from '../../platform/logger.ts';
import { invalidRequest } from '../invalid-request.ts';
import { OpenDocuments } from './documents.ts';
import { JsonAssist } from './json-assist.ts';
import { changedSchema, closedSchema, openedSchema, positionSchema } from './params.ts';

/** A problem with its place: offsets in UTF-16 units. */
export interface TextProblem extends ConfigProblem {
  readonly offset: number;
  readonly length: number;
}

/** What the features are made of: the very functions with which the daemon loads its configuration. */
export interface ConfigChecks {
  check(text: string): readonly TextProblem[];
  /** The JSON schema behind completion and hovers. */
  schema(): object;
  /** The file on disk may have changed. */
  saved(): void;
}

export interface ConfigLanguage {
  readonly capabilities: ServerCapabilities;
  readonly checks: ConfigChecks;
  /** Shared by all connections, because its schema is large and read only. */
  readonly assist: JsonAssist;
}

/** Registers a request with the connection's bounds and error handling. */
export type Answer = (method: string, run: (params: unknown) => unknown) => void;

export function createConfigLanguage(checks: ConfigChecks): ConfigLanguage {
  return {
    checks,
    assist: new JsonAssist(() => checks.schema()),
    capabilities: {
      positionEncoding: 'utf-16',
      // 2: incremental. The number, because the package's enum would load all of it.
      textDocumentSync: { openClose: true, change: 2, save: { includeText: false } },
      completionProvider: { triggerCharacters: ['"', ':'] },
      hoverProvider: true,
    },
  };
}

/** Registers the features on one connection; its documents end with it. */
export function serveConfigLanguage(on: {
  readonly rpc: MessageConnection;
  readonly answer: Answer;
  readonly language: ConfigLanguage;
  readonly log: Logger;
}): void {
  const { checks, assist } = on.language;
  const documents = new OpenDocuments();

  const publish = (params: PublishDiagnosticsParams): void => {
    // A connection that has ended shows nothing any more.
    on.rpc.sendNotification('textDocument/publishDiagnostics', params).catch(() => undefined);
  };
  const diagnose = (document: TextDocument | null): void => {
    if (document === null) return;
    const diagnostics = checks.check(document.getText()).map((problem) => toDiagnostic(document, problem));
    publish({ uri: document.uri, version: document.version, diagnostics });
  };
  const onNotification = <Params>(
    method: string,
    schema: ZodType<Params>,
    run: (params: Params) => void,
  ): void => {
    on.rpc.onNotification(method, (raw: unknown) => {
      const params = schema.safeParse(raw);
      // Nobody waits for an answer to a notification, so the log is where it can be said.
      if (params.success) run(params.data);
      else
        on.log.warn('a notification was not understood', {
          error: invalidRequest(method, params.error).message,
        });
    });
  };
  const onPosition = (
    method: string,
    run: (document: TextDocument, offset: number) => Promise<unknown>,
  ): void => {
    on.answer(method, (raw) => {
      const params = positionSchema.safeParse(raw);
      if (!params.success) throw invalidRequest(method, params.error);
      const document = documents.get(params.data.textDocument.uri);
      return document === null ? null : run(document, document.offsetAt(params.data.position));
    });
  };

  onNotification('textDocument/didOpen', openedSchema, (params) =>
    diagnose(documents.open(params.textDocument)),
  );
  onNotification('textDocument/didChange', changedSchema, (params) => {
    diagnose(documents.change(params.textDocument, params.contentChanges));
  });
  onNotification('textDocument/didClose', closedSchema, ({ textDocument: { uri } }) => {
    documents.close(uri);
    publish({ uri, diagnostics: [] });
  });
  onNotification('textDocument/didSave', closedSchema, () => checks.saved());
  onPosition('textDocument/completion', (document, offset) => assist.complete(document, offset));
  onPosition('textDocument/hover', (document, offset) => assist.hover(document, offset));
}

function toDiagnostic(document: TextDocument, problem: TextProblem): Diagnostic {
  return {
    range: {
      start: document.positionAt(problem.offset),
      end: document.positionAt(problem.offset + problem.length),
    },
    // 1: error.
    severity: 1,
    code: problem.code,
    source: 'task-router',
    message: problem.message,
  };
}
