import Module, { createRequire } from 'node:module';
import { join } from 'node:path';
import { FakeHciSocket } from './socket-adapter';

/**
 * To be loaded before the tests: from then on this process is one in which `@abandonware/noble` is installed, from the
 * folder that the environment names, and `@stoprocent/noble` is not. Its native socket, which needs a compiler and a
 * kernel with Bluetooth, is a fake; nothing else of it is replaced.
 */
const home = process.env['OPENBMS_NOBLE_HOME'];
if (home === undefined) throw new Error('OPENBMS_NOBLE_HOME does not say where @abandonware/noble is installed');

const installed = createRequire(join(home, 'package.json'));
const socket = installed.resolve('@abandonware/bluetooth-hci-socket');
const fake = new Module(socket);
fake.filename = socket;
fake.loaded = true;
fake.exports = FakeHciSocket;
installed.cache[socket] = fake;

const FILES = ['@abandonware/noble', '@abandonware/noble/with-custom-binding'];
const files = new Map(FILES.map((name) => [name, installed.resolve(name)]));

type Resolve = (request: string, ...rest: unknown[]) => string;
const modules = Module as unknown as { _resolveFilename: Resolve };
const resolve = modules._resolveFilename;
modules._resolveFilename = function (this: unknown, request, ...rest) {
  if (request.startsWith('@stoprocent/')) {
    throw Object.assign(new Error(`Cannot find module '${request}'`), { code: 'MODULE_NOT_FOUND' });
  }
  return files.get(request) ?? resolve.call(this, request, ...rest);
};
