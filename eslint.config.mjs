/**
 * Lint rules. typescript-eslint's strictest sets are the base; what follows are the project's own rules, and the few
 * strict rules that were only noise here, each with its reason. Layout is Prettier's business: no layout rule is on.
 * test/arch/lint.test.ts plants a violation of each of the project's own rules.
 */
import comments from '@eslint-community/eslint-plugin-eslint-comments/configs';
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const workspaces = '{protocol,daemon,extension,webview,test,scripts}';
const sources = ['{protocol,daemon,extension,webview}/src/**/*.ts'];
const tests = ['**/*.test.ts', 'test/**/*.ts'];

/** Banned syntax. ESLint replaces rule options from block to block, so the lists are joined by hand. */
const everywhere = [
  {
    // A type costs nothing, whatever way it is imported.
    selector:
      'ImportDeclaration[source.value="zod"][importKind!="type"] > :matches(ImportSpecifier, ImportDefaultSpecifier)',
    message: "Write `import * as z from 'zod'`: a named import costs 360 kB more in every bundle.",
  },
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Export by name, so that a thing is called the same everywhere.',
  },
];
const inSources = [
  ...everywhere,
  {
    selector: ':matches(Program, ExportNamedDeclaration) > VariableDeclaration[kind=/^(let|var)$/]',
    message: 'No mutable state at module level: keep it in an object that someone creates and owns.',
  },
];
const inBundles = [
  ...inSources,
  {
    selector: ':matches(AwaitExpression, ForOfStatement[await=true]):not(:function *)',
    message: 'What ships is CommonJS, which has no await at top level: put it in a function.',
  },
];
const inEngine = [
  ...inBundles,
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'The engine has no clock of its own: take the time from the injected Clock.',
  },
  {
    selector: 'CallExpression[callee.name="Date"]',
    message: 'The engine has no clock of its own: take the time from the injected Clock.',
  },
];
const inTests = [
  ...everywhere,
  {
    selector:
      'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo|fails)$/]',
    message: 'No skipped or focused tests. A wrong behaviour is asserted as it is, with the reason.',
  },
];

/** Ambient things that would make a decision depend on more than its arguments. */
const ambient = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'process', 'console', 'performance'],
  ...['crypto', 'fetch', 'globalThis', 'global', 'require', 'Buffer', 'WebSocket', 'Worker'],
];

export default defineConfig(
  globalIgnores(['**/node_modules/', 'dist/', 'out/', '.cache/', 'coverage/', 'test/fixtures/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  js.configs.recommended,
  comments.recommended,
  {
    rules: {
      '@eslint-community/eslint-comments/require-description': ['error', { ignore: ['eslint-enable'] }],
      // A whole file may switch a rule off when its first lines say why.
      '@eslint-community/eslint-comments/disable-enable-pair': ['error', { allowWholeFile: true }],
    },
  },
  {
    files: [`${workspaces}/**/*.ts`, '*.mts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.mts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // The project's own bounds.
      'max-depth': ['error', 4],
      'max-params': ['error', 4],
      '@typescript-eslint/max-params': 'off',
      // A switch counts once: it is exhaustive, and reading one case needs none of the others.
      complexity: ['error', { max: 12, variant: 'modified' }],
      // `x == null` means null or undefined, and says it in the shortest way.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        // Without a default every member has its case; a default says that all others are treated alike.
        { requireDefaultForNonUnion: true, considerDefaultExhaustiveForUnions: true },
      ],
      // VS Code's API answers with thenables that are no promises.
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      'no-restricted-syntax': ['error', ...everywhere],

      // Strict rules loosened, because here they found only noise.
      // A number or a boolean prints the same everywhere; objects and undefined stay forbidden.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `() => doIt()` as a callback says what it means.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // After an await TypeScript still believes what it knew before it, so the rule calls the second look at
      // `signal.aborted` unnecessary: the very line that guards against a race.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // An async method without await still meets an interface whose other implementations wait.
      '@typescript-eslint/require-await': 'off',
      // Interface for contracts, type for unions and derived shapes: the author's choice.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // The project has no enums (erasableSyntaxOnly); looking for them was a fifth of the time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-enum-comparison': 'off',
      // VS Code's typings call Disposable and others classes; in use they are shapes.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A leading underscore says that a parameter is there for the signature only.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true, caughtErrors: 'all' },
      ],
    },
  },
  { files: sources, rules: { 'no-restricted-syntax': ['error', ...inBundles] } },
  // Runs only unbundled; the bundle has a subcommand for it.
  { files: ['daemon/src/demo/child.ts'], rules: { 'no-restricted-syntax': ['error', ...inSources] } },
  {
    files: ['daemon/src/engine/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...inEngine],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take the time from the injected Clock.' },
        { object: 'Math', property: 'random', message: 'Take randomness from the injected Random.' },
      ],
      'no-restricted-globals': [
        'error',
        ...ambient.map((name) => ({
          name,
          message: 'The engine is pure: clock, randomness and facts come in as arguments.',
        })),
      ],
    },
  },
  {
    files: tests,
    rules: {
      'no-restricted-syntax': ['error', ...inTests],
      'no-restricted-properties': 'off',
      'no-restricted-globals': 'off',
      // In a test an absent value should end the test, and `!` does that.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `expect(object.method)` hands the method to the matcher, it does not detach it.
      '@typescript-eslint/unbound-method': 'off',
      // Tables of cases are long, wide and branch by nature.
      complexity: 'off',
      'max-params': 'off',
    },
  },
  {
    // Configuration and small scripts: their tools ask for a default export, and some of them speak of two worlds at
    // once (Node's, and that of the page they drive).
    files: ['**/*.mts', '**/*.mjs', '*.cjs'],
    rules: { 'no-restricted-syntax': 'off', 'no-undef': 'off' },
  },
);
