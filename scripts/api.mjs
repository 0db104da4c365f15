// What the library promises: `npm run check:api` fails when it differs from docs/api; `npm run docs:api` writes it anew.
// `*.api.md` is the door in short, for reviews: whatever goes away or changes there breaks somebody's program. The other
// pages are made of the docstrings.
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application } from 'typedoc';
import { build } from './build.mjs';
import { ROOT } from './setup.mjs';

const PAGES = join(ROOT, 'docs', 'api');
const FRESH = join(ROOT, '.cache', 'api');
const { exports: doors } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** The declarations of every door, by the name of its report. */
const REPORTS = Object.entries(doors)
  .filter(([, door]) => door.types !== undefined)
  .map(([door, { types }]) => [`node-red-bms${door.slice(1).replaceAll('/', '-')}`, types]);

/** What exported types are made of and nobody has to name: lists of words, and what only `@internal` members take. */
const UNNAMED = ['ACTION_NAMES', 'ALARM_LEVELS', 'ERROR_CODES', 'StatusWord', 'Sentence'];

/** Writes a report of one door. @returns whether everything that it names is exported too */
function report(name, door) {
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: ROOT,
      mainEntryPointFilePath: join(ROOT, door),
      compiler: { overrideTsconfig: { compilerOptions: { lib: ['ES2022'], types: [] }, files: [join(ROOT, door)] } },
      apiReport: { enabled: true, reportFolder: FRESH, reportTempFolder: join(FRESH, 'temp'), reportFileName: name },
      newlineKind: 'lf',
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      // Any other message stays unseen: it has no level.
      messages: {
        extractorMessageReporting: { 'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(ROOT, 'package.json'),
  });
  const { errorCount, warningCount } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      // It says that there is no report yet, and that its TypeScript is older than ours.
      const isUnnamed = UNNAMED.some((name) => message.text.startsWith(`The symbol "${name}" `));
      if (isUnnamed || /^console-/.test(message.messageId)) message.logLevel = ExtractorLogLevel.None;
    },
  });
  return errorCount + warningCount === 0;
}

/** Writes the pages of both doors, from their docstrings. @returns whether every link in them leads somewhere */
async function pages() {
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    name: '@openbms/node-red-bms',
    entryPoints: [join(ROOT, 'src/index.ts')],
    tsconfig: join(ROOT, 'tsconfig.json'),
    out: FRESH,
    cleanOutputDir: false,
    readme: 'none',
    entryFileName: 'README.md',
    outputFileStrategy: 'modules',
    excludeExternals: true,
    excludeInternal: true,
    sort: ['source-order'],
    groupOrder: ['Functions', 'Interfaces', 'Type Aliases', 'Classes'],
    expandObjects: false,
    disableSources: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    logLevel: 'Warn',
    treatWarningsAsErrors: true,
  });
  const project = await app.convert();
  if (project === undefined) return false;
  await app.generateOutputs(project);
  return !app.logger.hasErrors() && !app.logger.hasWarnings();
}

function filesIn(folder) {
  if (!existsSync(folder)) return new Map();
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.md'));
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

rmSync(FRESH, { recursive: true, force: true });
mkdirSync(FRESH, { recursive: true });
let isRight = build();
for (const [name, door] of REPORTS) isRight = isRight && report(name, door);
isRight = isRight && (await pages());
rmSync(join(FRESH, 'temp'), { recursive: true, force: true });
if (!isRight) {
  console.log('The documentation of the library cannot be made.\n0 passed, 1 failed');
  process.exit(1);
}

const fresh = filesIn(FRESH);
if (process.argv.includes('--write')) {
  rmSync(PAGES, { recursive: true, force: true });
  mkdirSync(PAGES, { recursive: true });
  for (const [name, text] of fresh) writeFileSync(join(PAGES, name), text);
}
const kept = filesIn(PAGES);
const different = [...new Set([...fresh.keys(), ...kept.keys()])].filter((name) => fresh.get(name) !== kept.get(name));
for (const name of different)
  console.log(`docs/api/${name} is not what the code says: npm run docs:api, and read the difference`);
console.log(`${fresh.size - different.length} passed, ${different.length} failed`);
process.exitCode = different.length === 0 ? 0 : 1;
