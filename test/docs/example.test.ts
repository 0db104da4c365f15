import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import * as ts from 'typescript';
import type { Protocol } from '../../src/codec/protocol';
import type { Kit } from '../kits/kit';
import { readVector, type Vector } from '../support/vectors';

const PAGE = readFileSync('CONTRIBUTING.md', 'utf8');
const REGISTRY = resolve('src/codec/registry.ts');

/** The files of the worked example, as the page has them, by path. */
const example = new Map(
  [...PAGE.matchAll(/```ts\n\/\/ (\S+\.ts)\n(.*?)```/gs)].map(([, path = '', text = '']) => [resolve(path), text]),
);

/** The registry with the line that the page tells to add. */
function registryWithExample(): string {
  const text = ts.sys.readFile(REGISTRY) ?? '';
  return `import { acme } from './acme';\n${text}`.replace('const REGISTRY = {', 'const REGISTRY = {\n  acme,');
}

/** Compiles the example as a part of this project, and runs it from where the project is built. */
function compile(): string[] {
  const { config } = ts.readConfigFile('tsconfig.test.json', ts.sys.readFile) as { config: unknown };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  const host = ts.createCompilerHost(options);
  const readOriginal = host.readFile.bind(host);
  const texts = new Map([...example, [REGISTRY, registryWithExample()]]);
  host.readFile = (file) => texts.get(resolve(file)) ?? readOriginal(file);
  host.fileExists = (file) => texts.has(resolve(file)) || ts.sys.fileExists(file);
  host.directoryExists = (folder) => {
    return ts.sys.directoryExists(folder) || [...texts.keys()].some((file) => dirname(file) === resolve(folder));
  };
  const program = ts.createProgram([...example.keys()], options, host);
  const problems = [...example.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    program.emit(source, (path, text) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    });
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  return problems.map(({ file, messageText }) => {
    return `${relative('', file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

describe('the worked example of CONTRIBUTING.md', () => {
  const built = ['build/src/codec/acme', 'build/test/kits/acme.js', 'build/test/kits/acme.js.map'];
  const load = createRequire(join(process.cwd(), 'build', 'here'));
  after(() => {
    for (const path of built) rmSync(path, { recursive: true, force: true });
  });

  it('compiles, decodes its capture, and its kit agrees', function () {
    this.timeout(60_000);
    assert.equal(example.size, 8);
    assert.deepEqual(compile(), []);
    const { acme: protocol } = load('./src/codec/acme') as { acme: Protocol };
    const { acme: kit } = load('./test/kits/acme') as { acme: Kit };
    const [, json = ''] = /```json\n(.*?)```/s.exec(PAGE) ?? [];
    const vector = JSON.parse(json) as Vector;
    const { reading, errors } = readVector(protocol, vector);
    assert.deepEqual(errors, []);
    for (const [key, value] of Object.entries(vector.expect)) {
      const got = reading[key as keyof typeof reading];
      if (key !== 'alarms') assert.deepEqual(got, value, key);
    }
    for (const { tx, rx } of vector.exchanges) {
      const frame = Buffer.from(rx.join(''), 'hex');
      assert.ok(kit.isWhole(frame, Buffer.from(tx, 'hex')));
      assert.ok(protocol.emulate(Buffer.from(tx, 'hex')));
    }
    const frames = vector.exchanges[0]?.rx.map((hex) => Buffer.from(hex, 'hex')) ?? [];
    const byHand = kit.straightLine[0].decode(...frames.map((frame) => cleared(frame, kit)));
    assert.equal(byHand.voltage, reading.voltage);
    assert.equal(byHand.current, reading.current);
  });
});

/** The status frame without its alarms, which decoders by hand do not know. */
function cleared(frame: Buffer, kit: Kit): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt16BE(0, 16);
  kit.seal(copy, 0, Buffer.alloc(0));
  return copy;
}
