import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** One entry a layer: what it may not import, and where such a thing belongs instead (docs/architecture.md, "Directions"). */
const layer = (files, patterns) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns }] } });
const no = (group, message) => ({ group, message });

const anyOf = (...folders) => folders.flatMap((f) => [`**/${f}/**`]);

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'coverage/', 'bench/peers/', 'helm/', 'crds/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Ports are records of closures: no method of ours reads `this`.
      '@typescript-eslint/unbound-method': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['*.config.js'],
    ...tseslint.configs.disableTypeChecked,
    rules: { ...tseslint.configs.disableTypeChecked.rules, 'no-restricted-exports': 'off' },
  },
  layer(
    ['runtime/domain/**'],
    [
      no(
        anyOf('ports', 'engine', 'mechanisms', 'adapters', 'server', 'platform'),
        'domain knows nothing above it: put what it needs into runtime/domain, or the code into the layer that has both.',
      ),
    ],
  ),
  layer(
    ['runtime/ports/**'],
    [
      no(
        anyOf('engine', 'mechanisms', 'adapters', 'server', 'platform'),
        'a port is types and a promise: it may import runtime/domain only.',
      ),
    ],
  ),
  layer(
    ['runtime/engine/**'],
    [
      // Three pure functions on text are shared with the configuration: rule files are read, wrong values and misspelt words met, as there.
      no(
        [
          ...anyOf('adapters', 'mechanisms', 'server'),
          '**/platform/*',
          '!**/platform/config-file.ts',
          '!**/platform/did-you-mean.ts',
          '!**/platform/say-issue.ts',
        ],
        'the engine reaches the outside through runtime/ports; runtime/wiring.ts hands in the adapter.',
      ),
    ],
  ),
  layer(
    ['runtime/mechanisms/**'],
    [
      no(
        anyOf('adapters', 'engine', 'server', 'platform'),
        'a mechanism sees its input and its context only (runtime/ports/mechanism.ts).',
      ),
      no(['node:*'], 'a mechanism has no clock, file or network: everything comes through its context.'),
      ...['explorer', 'sentinel', 'planner', 'catalyst', 'stagnation', 'quantifier', 'proto'].map((m) =>
        no(
          [`../${m}/**`],
          'mechanisms never import each other: what two of them share is a pure function in runtime/domain, or stands in mechanisms/writing.',
        ),
      ),
    ],
  ),
  layer(
    ['runtime/adapters/**'],
    [
      no(
        anyOf('engine', 'mechanisms', 'server'),
        'an adapter implements a port: it may import runtime/ports, runtime/domain and platform.',
      ),
    ],
  ),
  layer(
    ['runtime/server/**'],
    [no(anyOf('adapters', 'mechanisms'), 'the server speaks to the engine and the ports; runtime/wiring.ts hands in the adapters.')],
  ),
  layer(['platform/**'], [no(['**/runtime/**', '**/operator/**'], 'platform knows nothing of ideas or Kubernetes.')]),
  layer(
    ['operator/**'],
    [{ group: ['**/runtime/**'], message: 'the operator takes only the type of runtime/config.', allowTypeImports: true }],
  ),
  layer(
    ['operator/kube/**'],
    [no([...anyOf('runtime'), '../*'], 'the kube layer knows nothing of NIREON: what it needs is handed in, or stands in platform.')],
  ),
  {
    files: ['test/**', 'bench/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
