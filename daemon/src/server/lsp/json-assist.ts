/**
 * Completion and hovers from the JSON schema, by the language service that VS Code itself uses for JSON. Loaded when
 * first needed: most runs of the daemon never see a configuration file in an editor.
 */
import type { CompletionList, Hover } from 'vscode-languageserver-protocol';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { LanguageService } from 'vscode-json-languageservice';

export class JsonAssist {
  readonly #schema: () => object;
  #service: Promise<LanguageService> | null = null;

  constructor(schema: () => object) {
    this.#schema = schema;
  }

  async complete(document: TextDocument, offset: number): Promise<CompletionList | null> {
    return this.#run((service) =>
      service.doComplete(document, document.positionAt(offset), service.parseJSONDocument(document)),
    );
  }

  async hover(document: TextDocument, offset: number): Promise<Hover | null> {
    return this.#run((service) =>
      service.doHover(document, document.positionAt(offset), service.parseJSONDocument(document)),
    );
  }

  async #run<Result>(work: (service: LanguageService) => PromiseLike<Result | null>): Promise<Result | null> {
    this.#service ??= loadService(this.#schema());
    const service = await this.#service;
    try {
      return await work(service);
    } catch (error) {
      // The service descends recursively; the diagnostics already say that the brackets are nested too deep.
      if (error instanceof RangeError) return null;
      throw error;
    }
  }
}

async function loadService(schema: object): Promise<LanguageService> {
  const { ClientCapabilities, getLanguageService } = await import('vscode-json-languageservice');
  const service = getLanguageService({
    clientCapabilities: ClientCapabilities.LATEST,
    // Whatever a document names as its `$schema`, it gets ours: nothing is ever fetched.
    schemaRequestService: () => Promise.resolve(JSON.stringify(schema)),
  });
  service.configure({
    validate: false,
    allowComments: true,
    schemas: [{ uri: 'task-router://config', fileMatch: ['*'], schema }],
  });
  return service;
}
