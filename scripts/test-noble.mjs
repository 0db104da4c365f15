// Runs the Bluetooth tests with the older library, @abandonware/noble: `npm run test:noble`, after `npm test`, which runs
// the same with @stoprocent/noble. It comes from the npm registry into .cache/. Its native socket would need a compiler
// and a kernel with Bluetooth: a fake takes its place, with a virtual adapter behind it.
// Not run are the tests of BlueZ on D-Bus and of adapters on serial ports, neither of which this library knows.
// `npm run test:noble -- --grep captured` runs some.
import { installApart, node, packedByTest } from './setup.mjs';

const SPECS = [
  'link/ble',
  'link/ble/routes',
  'link/ble-abort',
  'link/ble-adapter',
  'link/ble-faults',
  'link/ble-hostile',
  'link/ble-many',
  'nodes/bms-ble',
  'runtime/dialogs/bluetooth-search',
];

const home = installApart('noble', ['@abandonware/noble@1.9.2-26']);
packedByTest();
process.exitCode = node(
  'node_modules/mocha/bin/mocha.js',
  [
    '--enable-source-maps',
    '--no-config',
    ...['--reporter', 'scripts/mocha-reporter.cjs', '--timeout', '5000'],
    ...['--require', './build/test/support/ble/other-library.js'],
    ...SPECS.flatMap((name) => ['--spec', `build/test/${name}.test.js`]),
    ...(process.env.CI ? ['--forbid-only'] : []),
    ...process.argv.slice(2),
  ],
  // The kernel here may have no adapter; with this variable the library is believed to find one by itself.
  { OPENBMS_NOBLE_HOME: home, BLUETOOTH_HCI_SOCKET_USB_VID: '1' },
);
