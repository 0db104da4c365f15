// Checks what Node-RED, its library and npm expect of the package and say nothing about when it is missing: files in
// the tarball, editor definitions, texts, icons, examples. One line per check, then `N passed, N failed`.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build } from './build.mjs';
import { dialogFile } from './dialog-code.mjs';
import { EditorFile } from './editor-file.mjs';
import { installScripts } from './install-scripts.mjs';
import { npm, ROOT } from './setup.mjs';
import { externalKey, flatten, usedTexts } from './texts.mjs';
import { catalogueProblems, helpProblems, statusProblems, wordingProblems } from './translations.mjs';

const LANGUAGE = 'en-US';
const MOST_DEPENDENCIES = 6;
const MOST_PICTURE_BYTES = 150_000;

/** Words the editor keeps for itself: it drops a property of that name. */
const RESERVED =
  /^(.|id|type|wires|users|valid|validationErrors|changed|dirty|moved|selected|inputs|outputs|inputLabels|outputLabels|_config|_def|_orig)$/;

/** Types of the palettes that an example may need: its name then ends with `(needs <palette>)`, a blank for each slash. */
const PALETTES = {
  'node-red-contrib-influxdb': /^influxdb( out| batch| in)?$/,
  '@flowfuse/node-red-dashboard': /^ui-[a-z-]+$/,
  '@victronenergy/node-red-contrib-victron': /^victron-virtual$/,
  'node-red-contrib-modbus': /^modbus-(client|server|flex-write)$/,
  'node-red-contrib-socketcan': /^socketcan-(config|in|out)$/,
};

const read = (path) => readFileSync(join(ROOT, path), 'utf8');
const readJson = (path) => JSON.parse(read(path));

/** Paths of the files under a folder, from the package's folder, with slashes. */
function files(folder, ending) {
  const all = readdirSync(join(ROOT, folder), { recursive: true }).map(
    (path) => `${folder}/${path.replaceAll('\\', '/')}`,
  );
  return all.filter((path) => path.endsWith(ending)).sort();
}

let passed = 0;
let failed = 0;

/** Runs one check. @param problems gives a sentence for everything that is wrong */
function check(name, problems) {
  let found;
  try {
    found = [...problems()];
  } catch (error) {
    found = [error.message];
  }
  if (found.length === 0) passed++;
  else failed++;
  console.log(found.length === 0 ? `ok      ${name}` : `FAILED  ${name}\n        ${found.join('\n        ')}`);
}

// What no check expects, such as a dialog that does not parse, is a failure like any other.
process.on('uncaughtException', (error) => {
  console.log(`FAILED  ${error.message}\n${passed} passed, ${failed + 1} failed`);
  process.exit(1);
});

if (!build()) {
  console.log('The package does not build.\n0 passed, 1 failed');
  process.exit(1);
}
const manifest = readJson('package.json');
const entries = Object.entries(manifest['node-red'].nodes);
// A list with npm 11; Object.values also takes an object by package name.
const packed = Object.values(JSON.parse(npm(['pack', '--dry-run', '--json', '--ignore-scripts'])))[0];
const shipped = new Set(packed.files.map(({ path }) => path));
const missing = (...paths) => paths.filter((path) => !shipped.has(path)).map((path) => `${path} is not in the tarball`);
const editors = entries.map(([name, file]) => new EditorFile(name, read(file.replace(/js$/, 'html'))));
const definitions = new Map(editors.flatMap(({ types }) => [...types]));

checkManifest();
checkFiles();
checkPictures();
for (const editor of editors) checkEditor(editor);
checkTexts();
checkIcons();
checkExamples();

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function checkManifest() {
  check('package.json: what the flow library asks for', function* () {
    if (!/^@[\w-]+\/node-red-[\w-]+$/.test(manifest.name)) yield 'the name has no scope';
    if (!manifest.keywords.includes('node-red')) yield 'the keyword node-red is missing';
    if (!/^>=\d/.test(manifest['node-red'].version)) yield 'node-red.version is no range';
    if (!/^>=\d/.test(manifest.engines.node)) yield 'engines.node is no range';
    for (const key of ['license', 'description', 'author']) if (!manifest[key]) yield `${key} is missing`;
    if (!manifest.repository && !manifest.bugs) yield 'neither repository nor bugs';
    if (manifest.type === 'module') yield 'Node-RED 4 loads CommonJS';
  });
  check('package.json: dependencies install anywhere, without scripts', function* () {
    const dependencies = { ...manifest.dependencies, ...manifest.optionalDependencies };
    const names = Object.keys(manifest.dependencies ?? {});
    if (names.length > MOST_DEPENDENCIES) yield `${names.length} dependencies; at most ${MOST_DEPENDENCIES}`;
    for (const [name, range] of Object.entries(dependencies)) {
      if (!/^[\^~]?\d[\w.-]*$/.test(range)) yield `${name}: ${range} is no version range of the registry`;
    }
    for (const script of ['preinstall', 'install', 'postinstall']) {
      if (manifest.scripts[script]) yield `the script ${script} would run at the user's`;
    }
  });
  check('package-lock.json: what users install needs no script of its own', () =>
    installScripts(readJson('package-lock.json').packages, {
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
    }),
  );
  check('package-lock.json names no host', function* () {
    for (const [path, { resolved }] of Object.entries(readJson('package-lock.json').packages)) {
      if (resolved !== undefined) yield `${path} is resolved to ${resolved}`;
    }
  });
}

function checkFiles() {
  check('the tarball has the files of every node', function* () {
    for (const [, file] of entries) {
      const stem = basename(file, '.js');
      const texts = `dist/nodes/locales/${LANGUAGE}/${stem}`;
      yield* missing(file, `dist/nodes/${stem}.html`, `${texts}.json`, `${texts}.html`);
    }
  });
  check('the tarball has readme, licence, changes and examples', () => [
    ...missing('README.md', 'LICENSE', 'CHANGELOG.md'),
    ...missing(...files('examples', '.json')),
  ]);
  check('the tarball has nothing else', function* () {
    const allowed =
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|examples\/[^/]+\.json|dist\/(src|nodes)\/.+(?<!\.d)\.(js|html|json|svg)|dist\/src\/.+\.d\.ts)$/;
    for (const path of shipped) if (!allowed.test(path)) yield `${path} does not belong there`;
  });
}

function checkPictures() {
  const pages = ['README.md', ...files('docs', '.md')];
  const shown = pages.flatMap((page) =>
    [...read(page).matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, words, target]) => {
      return { page, words, target, path: join(dirname(page), target) };
    }),
  );
  check('the pictures of the pages are there, small, and described', function* () {
    for (const { page, words, target, path } of shown) {
      if (words === '') yield `${target} in ${page} has no words for those who cannot see it`;
      // npm's page finds them by the path from the repository.
      if (/^[a-z]+:|^\//.test(target)) yield `${target} in ${page} is no path from the page's folder`;
      else if (!existsSync(join(ROOT, path))) yield `${path} is missing: npm run pictures`;
      else if (statSync(join(ROOT, path)).size >= MOST_PICTURE_BYTES) yield `${path} is too large`;
    }
  });
  check('every picture is shown', function* () {
    for (const path of files('docs/pictures', '.png'))
      if (!shown.some((picture) => picture.path === path)) yield `${path} is on no page`;
  });
}

function checkEditor(editor) {
  const { name } = editor;
  check(`${name}: the definition is literal and inline`, function* () {
    if (/<script[^>]*\ssrc=/.test(editor.html)) yield 'a script with src delays the whole file';
    if (editor.types.size !== 1 || !editor.types.has(name)) yield `it registers ${[...editor.types.keys()].join(', ')}`;
    for (const [type, definition] of editor.types) {
      const literals = [
        'category',
        ...(definition.category === 'config' ? [] : ['color', 'icon', 'inputs', 'outputs']),
      ];
      if (!new RegExp(`registerType\\('${type}', \\{`).test(editor.code)) yield 'the type is no literal';
      for (const key of literals) {
        if (!new RegExp(`^\\s*${key}: ('[^']*'|\\d+),$`, 'm').test(editor.code)) yield `${key} is no literal`;
      }
      if (!/^\s*defaults: \{$/m.test(editor.code)) yield 'defaults are not inline';
      if (definition.credentials && !/^\s*credentials: \{$/m.test(editor.code)) yield 'credentials are not inline';
    }
  });
  check(`${name}: properties, validators, labels`, function* () {
    for (const definition of editor.types.values()) {
      for (const [property, { type, validate }] of Object.entries(definition.defaults)) {
        if (RESERVED.test(property)) yield `the editor reserves the name ${property}`;
        // With one parameter the editor takes a text for plain "valid".
        if (validate !== undefined && validate.length !== 2) yield `the validator of ${property} must declare (v, opt)`;
        if (type !== undefined && !definitions.has(type)) yield `${property} refers to ${type}, which nobody registers`;
      }
      if (typeof definition.label !== 'function') yield 'no label function';
      if (definition.category === 'config') continue;
      if (!definition.paletteLabel) yield 'no paletteLabel';
      if (!definition.labelStyle) yield 'no labelStyle';
      if (definition.inputs > 0 && !definition.inputLabels) yield 'no inputLabels';
      if (definition.outputs > 0 && !definition.outputLabels) yield 'no outputLabels';
    }
  });
  check(`${name}: fields of the dialog`, () => editor.dialogProblems());
  check(`${name}: help`, function* () {
    const help = read(`nodes/locales/${LANGUAGE}/${name}.html`);
    if (!help.includes(`data-help-name="${name}"`)) yield `it is not the help of ${name}`;
    if (!/^<script[^>]*>\s*<p>/.test(help)) yield 'it does not begin with a paragraph, the tooltip of the palette';
    const order = ['Inputs', 'Outputs', 'Details', 'References'];
    const titles = [...help.matchAll(/<h3>(.*?)<\/h3>/g)].map(([, title]) => title);
    const places = titles.map((title) => order.indexOf(title));
    if (places.some((place, i) => place < 0 || place < (places[i - 1] ?? 0)))
      yield `its parts are ${titles.join(', ')}`;
    if (/<\/?[bi]>/.test(help)) yield 'bold or italic text';
  });
}

function checkTexts() {
  const present = new Set();
  for (const [name] of entries) {
    for (const key of flatten(readJson(`nodes/locales/${LANGUAGE}/${name}.json`))) {
      present.add(`${manifest.name}/${name}:${key}`);
    }
  }
  const used = [];
  const dialogs = files('nodes', '.html').filter((path) => !path.startsWith('nodes/dialog/'));
  for (const path of [...dialogs, ...files('nodes', '.ts'), ...files('src', '.ts')]) {
    const own = /^nodes/.test(path) ? `${manifest.name}/${basename(path).replace(/\.\w+$/, '')}` : undefined;
    const code = path.endsWith('.html') ? dialogFile(path) : read(path);
    for (const text of usedTexts(code, own)) used.push({ path, ...text });
  }
  // The palette looks the name of a category up by itself.
  for (const [type, { category }] of definitions) {
    if (category !== 'config') used.push({ ...externalKey(`${manifest.name}/${type}:palette.label.${category}`) });
  }
  check('every text that is used is in the catalogues', function* () {
    for (const { path, key, pattern } of used) {
      if (pattern === undefined) yield `${path}: the key after "._(" is no literal: ${key}`;
      else if (![...present].some((known) => pattern.test(known))) yield `${path}: ${key} is missing`;
    }
  });
  check('every text in the catalogues is used', function* () {
    for (const key of present) if (!used.some(({ pattern }) => pattern?.test(key))) yield `${key} is not used`;
  });
  for (const language of readdirSync(join(ROOT, 'nodes/locales'))) checkLanguage(language);
  const dist = (path) => createRequire(import.meta.url)(join(ROOT, 'dist/src', path));
  check('every error code has a status text', function* () {
    const { ERROR_CODES } = dist('battery/errors.js');
    const { status } = readJson(`nodes/locales/${LANGUAGE}/bms-device.json`)['bms-device'];
    for (const code of ERROR_CODES) if (!status[code]) yield `${code} has none`;
  });
  check('every value and every protocol has its name in the catalogues', function* () {
    const { QUANTITIES } = dist('battery/quantities.js');
    const { quantity } = readJson(`nodes/locales/${LANGUAGE}/bms-alarm.json`)['bms-alarm'];
    const values = Object.entries(QUANTITIES).map(([key, { name }]) => [key, name]);
    yield* namesOf('bms-alarm.quantity', quantity, new Map(values));
    const { PROTOCOLS } = dist('codec/registry.js');
    const { protocol } = readJson(`nodes/locales/${LANGUAGE}/bms-device.json`)['bms-device'];
    yield* namesOf('bms-device.protocol', protocol, new Map(PROTOCOLS.map(({ id, label }) => [id, label])));
  });
}

/** Where a part of the catalogue has other names than the code. */
function* namesOf(part, texts, names) {
  for (const [key, name] of names) if (texts[key] !== name) yield `${part}.${key} is not "${name}"`;
  for (const key of Object.keys(texts)) if (!names.has(key)) yield `${part}.${key}: there is no ${key}`;
}

/** Each language says everything, says it in its own words, and calls the same thing the same. */
function checkLanguage(language) {
  const catalogue = (of, name) => readJson(`nodes/locales/${of}/${name}.json`);
  const help = (of, name) => read(`nodes/locales/${of}/${name}.html`);
  const names = entries.map(([name]) => name);
  if (language !== LANGUAGE) {
    check(`${language}: the tarball has its files`, () =>
      missing(
        ...names.flatMap((name) => ['json', 'html'].map((kind) => `dist/nodes/locales/${language}/${name}.${kind}`)),
      ),
    );
    check(`${language}: the same texts as ${LANGUAGE}, translated`, function* () {
      for (const name of names) yield* catalogueProblems(catalogue(LANGUAGE, name), catalogue(language, name));
    });
    check(`${language}: the same help as ${LANGUAGE}, translated`, function* () {
      for (const name of names)
        for (const problem of helpProblems(help(LANGUAGE, name), help(language, name))) yield `${name}: ${problem}`;
    });
  }
  check(`${language}: a status fits below a node`, function* () {
    for (const name of names) yield* statusProblems(catalogue(language, name));
  });
  check(`${language}: the help calls things as the dialogs do`, function* () {
    const all = names.map((name) => catalogue(language, name));
    for (const name of names) {
      const own = [LANGUAGE, language].map((of) => catalogue(of, name));
      for (const problem of wordingProblems(help(LANGUAGE, name), help(language, name), own, all))
        yield `${name}: ${problem}`;
    }
  });
}

function checkIcons() {
  check('icons are there, 40 by 60, white', function* () {
    for (const [type, { icon }] of definitions) {
      if (icon === undefined) continue;
      const path = `dist/nodes/icons/${icon}`;
      yield* missing(path).map((problem) => `${type}: ${problem}`);
      const svg = read(path);
      if (!svg.includes('viewBox="0 0 40 60"')) yield `${icon}: the view box is not 40 by 60`;
      for (const [, colour] of svg.matchAll(/(?:fill|stroke)="([^"]*)"/g)) {
        if (!/^(#fff|#ffffff|white|none)$/i.test(colour)) yield `${icon}: ${colour} is not white`;
      }
    }
  });
}

function checkExamples() {
  const core = new Set(['tab', 'group']);
  for (const path of files('node_modules/@node-red/nodes/core', '.html')) {
    for (const [, , type] of read(path).matchAll(/registerType\((['"])(.+?)\1/g)) core.add(type);
  }
  const shown = new Set();
  for (const path of files('examples', '.json')) {
    check(`${path} imports`, function* () {
      const flow = readJson(path);
      const needed = neededBy(path);
      if (needed !== undefined && !flow[0].info?.includes(`\`${needed}\``))
        yield `its description does not name ${needed}`;
      if (!Array.isArray(flow)) return yield 'it is no list of nodes';
      const byId = new Map(flow.map((node) => [node.id, node]));
      if (byId.size !== flow.length) yield 'an id is there twice';
      if (!flow.some(({ type }) => type === 'comment')) yield 'no comment node says what it shows';
      for (const editor of editors) editor.flow = byId;
      for (const node of flow) {
        shown.add(node.type);
        const title = `${node.type} ${node.name ?? node.label ?? node.id}`;
        const isKnown = core.has(node.type) || definitions.has(node.type) || PALETTES[needed]?.test(node.type);
        if (!isKnown) yield `${title}: the type is neither core nor ours`;
        if (node.credentials !== undefined) yield `${title}: it carries credentials`;
        for (const id of [node.z ?? [], node.wires ?? []].flat(2)) if (!byId.has(id)) yield `${title}: no node ${id}`;
        if (definitions.has(node.type)) yield* ownProblems(node, title, byId);
      }
    });
  }
  check('every node is shown in an example', function* () {
    for (const [type, { category }] of definitions)
      if (category !== 'config' && !shown.has(type)) yield `${type} is not`;
  });
}

/** The palette that an example needs by its name; undefined for none. @throws Error for one that we do not know */
function neededBy(path) {
  const [, name] = /\(needs ([^)]+)\)\.json$/.exec(path) ?? [];
  if (name === undefined) return undefined;
  const palette = name.replace(' ', '/');
  if (!(palette in PALETTES)) throw new Error(`nobody knows the palette ${palette}`);
  return palette;
}

/** What is wrong with one of our nodes in a flow, as the editor would see it. */
function* ownProblems(node, title, byId) {
  const { defaults } = definitions.get(node.type);
  for (const key of Object.keys(node)) {
    if (!(key in defaults) && !['id', 'type', 'z', 'g', 'x', 'y', 'wires'].includes(key))
      yield `${title}: it has no ${key}`;
  }
  for (const [key, { type, required, validate }] of Object.entries(defaults)) {
    const isBlank = required !== true && !node[key];
    // Wherever a device is named, a bank can be.
    const isOfType = [type, ...(key === 'device' ? ['bms-bank'] : [])].includes(byId.get(node[key])?.type);
    if (type !== undefined && !isBlank && !isOfType) yield `${title}: ${key} is no ${type} of this flow`;
    const verdict = validate?.call({ ...node, _: (text) => text }, node[key], {}) ?? true;
    if (verdict !== true) yield `${title}: ${key}: ${verdict}`;
  }
}
