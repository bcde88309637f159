/**
 * Who may import what: the layers of ARCHITECTURE.md as rules. Type-only imports count, because a type is a dependency
 * too. test/arch/imports.test.ts plants a violation of every rule below and expects it to be found by its name.
 *
 * Unit tests stand beside their sources and may import anything; no source may import a test.
 */

const { builtinModules } = require('node:module');

const unitTest = '\\.test\\.ts$';
/** A package as it looks after resolution, under its own name or that of its typings. */
const pkg = (...names) => `(^|/)node_modules/(@types/)?(${names.join('|')})/|^(${names.join('|')})$`;
const wire = ['ws', 'vscode-jsonrpc', 'vscode-languageserver-protocol', 'vscode-languageserver-types'];
const engineTypes = '^daemon/src/engine/(index|deps|(model|config)/[^/]+)\\.ts$';
/** Node's own modules; the cruiser reports `node:fs` as `fs`. */
const anyNode = `^(node:)?(${builtinModules.map((name) => name.replace('node:', '')).join('|')})$`;

/** Root files of a folder are its interfaces; what lies deeper is its inside: one provider, one migration. */
const interfacesForDispatch = [
  '^daemon/src/engine/index\\.ts$',
  '^daemon/src/(platform|catalog)/',
  '^daemon/src/routing-model/index\\.ts$',
  '^daemon/src/store/(records|store|standing-facts)\\.ts$',
  '^daemon/src/(config|providers)/[^/]+\\.ts$',
  // What is known of a server's limits, and the connections that all calls share.
  '^daemon/src/providers/(errors/rate-limit|transport/(connector|proxies))\\.ts$',
  '^protocol/src/(?!node/)',
];

/** A rule that lists, as patterns on resolved paths, what a folder may import; everything else is a violation. */
const onlyImports = (name, folder, mayUse, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: folder, pathNot: unitTest },
  to: { pathNot: [folder, ...mayUse] },
});

const forbidden = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    // The engine: decisions are functions of their arguments.
    onlyImports(
      'engine-is-pure',
      '^daemon/src/engine/',
      [],
      'The engine imports nothing from outside its folder: no package, no Node, no other layer.',
    ),
    forbidden(
      'areas-do-not-know-each-other',
      'An area imports itself, math/, the vocabulary in model/, the defaults in config/ and the ports (deps). What two areas share is a fact that the caller passes.',
      { path: '^daemon/src/engine/([^/]+)/', pathNot: unitTest },
      {
        path: '^daemon/src/engine/',
        pathNot: ['^daemon/src/engine/($1|math|model|config)/', '^daemon/src/engine/deps\\.ts$'],
      },
    ),
    forbidden(
      'vocabulary-knows-no-area',
      'model/ is types over types, and config/ values over them: neither knows who reads it.',
      { path: '^daemon/src/engine/(model|config)/', pathNot: unitTest },
      {
        path: '^daemon/src/engine/',
        pathNot: ['^daemon/src/engine/model/', '^daemon/src/engine/$1/'],
      },
    ),
    forbidden(
      'math-is-the-bottom',
      'math/ is plain arithmetic: it knows no domain type.',
      { path: '^daemon/src/engine/math/', pathNot: unitTest },
      { path: '^daemon/src/engine/', pathNot: '^daemon/src/engine/math/' },
    ),
    forbidden(
      'areas-through-their-index',
      "Root files of the engine use an area through its index.ts, so that an area's inside can change.",
      { path: '^daemon/src/engine/[^/]+\\.ts$', pathNot: unitTest },
      { path: '^daemon/src/engine/(?!(math|model|config)/)[^/]+/', pathNot: '/index\\.ts$' },
    ),
    forbidden(
      'engine-through-its-index',
      "Outside the engine only its index.ts and its root types may be imported, never an area's inside. Training makes what two areas read, and so knows them.",
      {
        path: '^(daemon|extension|webview|protocol|scripts)/',
        pathNot: [
          '^daemon/src/engine/',
          '^daemon/src/routing-model/',
          '^scripts/routing/engine\\.ts$',
          // Two constants; the history thread must not load the engine.
          '^daemon/src/store/sqlite/ledger-tables\\.ts$',
          unitTest,
        ],
      },
      { path: '^daemon/src/engine/', pathNot: engineTypes },
    ),

    // Packages with one owner each.
    forbidden(
      'only-store-imports-sqlite',
      'SQLite is known in daemon/src/store/sqlite alone.',
      {
        path: '^(protocol|daemon|extension|webview|scripts)/',
        pathNot: ['^daemon/src/store/sqlite/', unitTest],
      },
      { path: [pkg('better-sqlite3'), '^(node:)?sqlite$'] },
    ),
    forbidden(
      'only-extension-imports-vscode',
      'The editor is known in extension/ alone.',
      { path: '^(protocol|daemon|webview|scripts)/', pathNot: unitTest },
      { path: pkg('vscode', 'vscode-languageclient') },
    ),
    forbidden(
      'only-the-wire-knows-ws',
      'JSON-RPC and WebSocket are known to protocol/src/node and daemon/src/server; the extension speaks through its language client.',
      {
        path: '^(protocol|daemon|extension|webview|scripts)/',
        pathNot: ['^protocol/src/node/', '^daemon/src/server/', unitTest],
      },
      { path: pkg(...wire) },
    ),
    forbidden(
      'only-providers-know-the-ai-sdk',
      "A vendor's client library, and that for HTTP, is known in daemon/src/providers alone.",
      {
        path: '^(protocol|daemon|extension|webview|scripts)/',
        pathNot: ['^daemon/src/providers/', unitTest],
      },
      { path: pkg('@ai-sdk/[^/]+', 'ai') },
    ),

    // Processes.
    onlyImports(
      'protocol-is-a-leaf',
      '^protocol/src/(?!node/)',
      [pkg('zod')],
      'The contract imports zod and itself: three processes with different worlds share it.',
    ),
    onlyImports(
      'protocol-node-is-the-shared-node-half',
      '^protocol/src/node/',
      ['^protocol/src/', pkg('zod', 'ws', 'vscode-jsonrpc'), anyNode],
      'What both Node ends share: the contract, zod, ws, vscode-jsonrpc and Node.',
    ),
    onlyImports(
      'webview-is-dom-only',
      '^webview/src/',
      [
        '^protocol/src/(?!node/)',
        pkg('lit', 'lit-html', 'lit-element', '@lit/[^/]+', 'markdown-it', 'dompurify'),
      ],
      'The panel lives in a browser: no editor, no Node, no daemon.',
    ),
    onlyImports(
      'extension-never-imports-daemon',
      '^extension/src/',
      ['^protocol/src/', pkg('vscode', 'vscode-languageclient', 'zod'), anyNode],
      'The extension reaches the daemon over the wire only, and the panel through messages only.',
    ),
    forbidden(
      'daemon-never-imports-extension',
      'The daemon does not know who its clients are.',
      { path: '^daemon/', pathNot: unitTest },
      { path: '^(extension|webview)/' },
    ),

    // Layers inside the daemon. compose.ts, main.ts and cli/ may use all of it.
    onlyImports(
      'platform-is-the-bottom',
      '^daemon/src/platform/',
      [engineTypes, anyNode],
      'Clock, timers, log and files: nothing of the domain but the ports that the engine asks for.',
    ),
    onlyImports(
      'store-only-keeps',
      '^daemon/src/store/',
      [
        engineTypes,
        '^daemon/src/engine/allocation/(budgets|spend-sums)\\.ts$',
        '^daemon/src/platform/',
        '^protocol/src/(?!node/)',
        pkg('zod', 'better-sqlite3'),
        anyNode,
      ],
      'The store keeps what it is given: it knows types, not decisions.',
    ),
    onlyImports(
      'providers-only-speak-to-models',
      '^daemon/src/providers/',
      [
        '^daemon/src/platform/',
        '^protocol/src/(?!node/)',
        pkg('zod', '@ai-sdk/[^/]+', 'eventsource-parser'),
        anyNode,
      ],
      'A provider knows one wire format, and nothing of routing.',
    ),
    forbidden(
      'providers-do-not-know-each-other',
      'What two providers share stands in the root of providers/, in errors/, transport/ or forward/.',
      { path: '^daemon/src/providers/([^/]+)/', pathNot: unitTest },
      {
        path: '^daemon/src/providers/[^/]+/',
        pathNot: '^daemon/src/providers/($1|errors|forward|transport)/',
      },
    ),
    onlyImports(
      'dispatch-is-the-shell',
      '^daemon/src/dispatch/(?!nodes/)',
      [
        '^daemon/src/dispatch/nodes/',
        ...interfacesForDispatch,
        // Hashes, ids and durations are arithmetic; sockets and files are not dispatch's business.
        '^(node:)?(crypto|perf_hooks)$',
      ],
      'Dispatch runs decisions: engine, the interfaces of store, providers and configuration, no wire and no SQL.',
    ),
    onlyImports(
      'nodes-find-what-is-there',
      '^daemon/src/dispatch/nodes/',
      [
        '^daemon/src/dispatch/',
        ...interfacesForDispatch,
        '^daemon/src/providers/editor/index\\.ts$',
        pkg('zod'),
        anyNode,
      ],
      "Finding the servers and the editor's models needs sockets and files; deciding and running a task does not.",
    ),
    onlyImports(
      'server-is-the-wire',
      '^daemon/src/server/',
      [
        engineTypes,
        '^daemon/src/(platform|dispatch)/',
        '^protocol/src/',
        pkg(
          'zod',
          ...wire,
          'vscode-json-languageservice',
          'vscode-languageserver-textdocument',
          'jsonc-parser',
        ),
        anyNode,
      ],
      'The server maps between wire and dispatcher: no store, no provider.',
    ),
    onlyImports(
      'endpoint-is-a-wire-of-its-own',
      '^daemon/src/endpoint/',
      [
        '^daemon/src/dispatch/outside/outside-call\\.ts$',
        '^daemon/src/providers/(model-call|provider)\\.ts$',
        '^daemon/src/store/(records|store)\\.ts$',
        '^daemon/src/server/(guard|failure-meter)\\.ts$',
        '^daemon/src/platform/',
        '^protocol/src/(?!node/)',
        pkg('zod', '@ai-sdk/provider'),
        anyNode,
      ],
      'The endpoint for other tools knows HTTP and wire formats: what it asks of dispatch is one interface, and the guard is the daemon’s own.',
    ),
    onlyImports(
      'formats-are-functions',
      '^daemon/src/endpoint/formats/',
      [
        '^daemon/src/endpoint/(endpoint-format|problems|routes)\\.ts$',
        '^daemon/src/dispatch/outside/outside-call\\.ts$',
        '^daemon/src/providers/(model-call|provider)\\.ts$',
        '^protocol/src/(?!node/)',
        pkg('zod', '@ai-sdk/provider'),
        '^(node:)?(buffer|crypto)$',
      ],
      'A format is text in and text out: no sockets, no files, no routing.',
    ),
    onlyImports(
      'config-only-reads',
      '^daemon/src/config/',
      [engineTypes, '^daemon/src/platform/', '^protocol/src/', pkg('zod', 'jsonc-parser', 'ignore'), anyNode],
      'Configuration is read and resolved here; what it means is decided elsewhere.',
    ),
    onlyImports(
      'catalog-is-data',
      '^daemon/src/catalog/',
      [engineTypes, '^daemon/src/platform/', '^protocol/src/(?!node/)', pkg('zod'), anyNode],
      'The model catalogue is data with a reader.',
    ),
    onlyImports(
      'demo-stands-alone',
      '^daemon/src/demo/',
      ['^daemon/src/platform/', '^protocol/src/(?!node/)', pkg('zod'), anyNode],
      'The demo servers are servers like any other: the daemon meets them over HTTP only.',
    ),

    // Everywhere.
    forbidden(
      'sources-never-import-tests',
      'Product code does not depend on test code.',
      { path: '^(protocol|daemon|extension|webview)/src/', pathNot: unitTest },
      { path: [unitTest, '^test/'] },
    ),
    forbidden(
      'tests-never-import-tests',
      'A test that is imported runs once more, under another name; what several need is in test/support/.',
      { path: unitTest },
      { path: unitTest },
    ),
    forbidden('no-cycles', 'A cycle hides which of two files is the lower one.', {}, { circular: true }),
    forbidden(
      'no-orphans',
      'A file that nothing imports and that is no entry point is dead.',
      {
        orphan: true,
        pathNot: [
          unitTest,
          '\\.d\\.ts$',
          '^daemon/src/main\\.ts$',
          // Started by its path, as a process of its own.
          '^daemon/src/demo/child\\.ts$',
          '^extension/src/extension\\.ts$',
          '^webview/src/main\\.ts$',
          '^(test|scripts)/',
        ],
      },
      {},
    ),
    forbidden(
      'not-to-unresolvable',
      'An import that resolves to nothing.',
      {},
      { couldNotResolve: true, pathNot: '^vscode$' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['(^|/)(dist|out|\\.cache)/', '^test/fixtures/'] },
    builtInModules: { add: ['node:sqlite'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.js', '.cjs', '.mjs', '.json', '.d.ts'],
      mainFields: ['module', 'main', 'types', 'typings'],
    },
  },
};
