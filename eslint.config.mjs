import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * The architecture in one table: what each folder of src/ may import from the others. An import only ever points
 * down. Node-RED is known in runtime/ and nodes/ only, and there as types.
 */
const BELOW = {
  battery: [],
  codec: ['battery'],
  link: ['battery'],
  simulator: ['battery', 'codec', 'link'],
  session: ['battery', 'codec', 'link'],
  library: ['battery', 'codec', 'link', 'simulator', 'session'],
  cli: ['battery', 'codec', 'link', 'simulator', 'session', 'library'],
  runtime: ['battery', 'codec', 'link', 'simulator', 'session'],
};
const FOLDERS = Object.keys(BELOW);

const NODE_RED = { regex: '^(node-red$|@node-red/)', message: 'Only nodes/ and src/runtime/ know Node-RED.' };
const NODE_RED_VALUES = {
  ...NODE_RED,
  allowTypeImports: true,
  message: 'Import types only: Node-RED hands itself in.',
};
const SERIALPORT = { name: 'serialport', message: 'Only src/link/serial.ts names the serial library.' };
const BLUETOOTH = ['@stoprocent/noble', '@abandonware/noble', '@jellybrick/dbus-next'].map((name) => ({
  name,
  message: 'Only src/link/ble/ names the Bluetooth libraries, and loads them when a connection opens.',
}));
const LIBRARIES = [SERIALPORT, ...BLUETOOTH];
const CLOCK = {
  regex: '^(node:)?(timers|timers/promises|perf_hooks)$',
  message: 'Time comes in through the clock of src/clock.ts.',
};

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];

/** What a folder of src/ may not import. */
function boundary(folder) {
  const forbidden = FOLDERS.filter((other) => other !== folder && !BELOW[folder].includes(other));
  const patterns = [
    { regex: `^(\\.\\./)+(${[...forbidden, 'nodes', 'test'].join('|')})(/|$)`, message: `${folder}/ lies below that.` },
    folder === 'runtime' ? NODE_RED_VALUES : NODE_RED,
    CLOCK,
  ];
  // A codec is pure: no time, no files, no network.
  if (folder === 'codec') {
    patterns.push({ regex: '^(\\.\\./)+clock$', message: 'A codec is pure: it knows no time.' });
    // But it may compile its tables.
    patterns.push({ regex: '^node:(?!vm$)', message: 'A codec is pure: bytes in, values out.' });
  }
  if (folder === 'battery') patterns.push({ regex: '^(\\.\\./)+clock$', message: 'The clock lies above it.' });
  // The simulator is a link, but knows nothing of the others.
  if (folder === 'simulator') {
    patterns.push({ regex: '/link/(?!link$)', message: 'The simulator uses the interface of a link only.' });
  }
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths: LIBRARIES, patterns }] },
  };
}

export default defineConfig(
  globalIgnores(['dist/', 'build/', '.cache/', 'coverage/']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: 'tsconfig.test.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // import('x') as a type: how a library that loads late is named.
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // An async function without await turns what it throws into a rejection, as its interface promises.
      '@typescript-eslint/require-await': 'off',
      // Our interfaces are met by plain objects, whose functions need no `this`.
      '@typescript-eslint/unbound-method': 'off',
      // Node-RED wants the users of a config node in a plain object.
      '@typescript-eslint/no-dynamic-delete': 'off',
      'no-console': 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'nodes/**/*.ts'],
    ignores: ['src/clock.ts'],
    rules: {
      'no-restricted-globals': ['error', ...TIMERS.map((name) => ({ name, message: CLOCK.message }))],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: CLOCK.message },
        { object: 'Math', property: 'random', message: CLOCK.message },
      ],
    },
  },
  ...FOLDERS.map(boundary),
  {
    files: ['src/clock.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^\\.(?!/battery/errors$)', message: 'Only the errors lie below it.' }] },
      ],
    },
  },
  {
    // The only file that may: and even there the library loads when a port opens, not before.
    files: ['src/link/serial.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            { ...SERIALPORT, allowTypeImports: true, message: 'Load the library when a port opens.' },
            ...BLUETOOTH,
          ],
          patterns: boundary('link').rules['@typescript-eslint/no-restricted-imports'][1].patterns,
        },
      ],
    },
  },
  {
    files: ['nodes/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { paths: LIBRARIES, patterns: [NODE_RED_VALUES] }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      'no-console': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: {
        console: 'readonly',
        fetch: 'readonly',
        process: 'readonly',
        setInterval: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        URL: 'readonly',
      },
    },
  },
  {
    // What runs in a browser: parts of a dialog's script, and what tests ask of a page. It is used where it is included.
    files: ['nodes/dialog/*.js', 'test/support/page/*.js'],
    languageOptions: { sourceType: 'script' },
    rules: { 'no-unused-vars': 'off', 'no-undef': 'off' },
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { module: 'writable', require: 'readonly' } },
  },
);
