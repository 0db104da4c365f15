import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ActionName } from '../../src/battery/action';
import { alarm } from '../../src/battery/alarm';
import type { Reading } from '../../src/battery/reading';
import { jbd } from '../../src/codec/jbd';
import { classicReply } from '../support/jbd';
import { carryOut } from '../support/action-script';

const REGISTER = { enter: 0x00, leave: 0x01, password: 0x06 };

const registerOf = (request: string): number => Number.parseInt(request.slice(4, 6), 16);
const isWrite = (request: string): boolean => request.startsWith('dd5a');

describe('jbd control: whatever a board answers', () => {
  const action = fc.constantFrom<ActionName>(...(jbd.actions ?? []).map(({ name }) => name));
  const answers = fc.array(fc.constantFrom(0, 0, 0x80, 0x81, 0x82, 0x83, 0x9f, -1), { maxLength: 12 });
  const password = fc.constantFrom('', '123456', 'secret');
  const before: Reading = { designCapacity: 100, chargeEnabled: true, dischargeEnabled: true, alarms: [] };

  it('factory mode is left when it may have been entered, and nothing is sent twice that was not refused', () => {
    fc.assert(
      fc.property(action, answers, password, fc.constantFrom(1, 50), (name, statuses, secret, value) => {
        const log: { request: string; status: number }[] = [];
        const board = (request: string, n: number): string | undefined => {
          const status = statuses[n - 1] ?? 0;
          log.push({ request, status });
          const data = status === 0 && !isWrite(request) ? Buffer.of(0x12, 0x34) : Buffer.alloc(0);
          return status < 0 ? undefined : classicReply(registerOf(request), data, status).toString('hex');
        };
        const { error } = carryOut(jbd, name, { value, before, password: secret }, board);
        let inside = false;
        const open = new Set<string>();
        for (const { request, status } of log) {
          const register = registerOf(request);
          assert.ok(!open.has(request), `${request} again`);
          if (register === REGISTER.enter && [0, 0x82, -1].includes(status)) inside = true;
          if (register === REGISTER.leave) inside = false;
          const isMode = register === REGISTER.enter || register === REGISTER.leave;
          if (isWrite(request) && !isMode && (status === 0 || status === -1)) open.add(request);
        }
        assert.ok(!inside, 'still in factory mode');
        const passwords = log.filter(({ request }) => registerOf(request) === REGISTER.password);
        assert.ok(passwords.length <= 1);
        if (secret !== '123456') assert.equal(passwords.length, 0);
        if (passwords.length > 0) assert.ok(log.some(({ status }) => status === 0x81 || status === 0x83));
        assert.ok(!`${error?.message}`.includes('123456') && !`${error?.message}`.includes('secret'));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('jbd control: whatever has opened the MOSFETs', () => {
  const protections = {
    charge: alarm('cell_overvoltage', 'protection'),
    discharge: alarm('discharge_overcurrent', 'protection'),
  };
  const pair = fc.record({ charge: fc.boolean(), discharge: fc.boolean() });
  const direction = fc.constantFrom('charge', 'discharge');

  it('the lock of the other one stays, unless two causes for one sign cannot be told apart', () => {
    fc.assert(
      fc.property(pair, pair, direction, fc.boolean(), (locks, held, wanted, on) => {
        const other = wanted === 'charge' ? 'discharge' : 'charge';
        const alarms = [
          ...(locks.charge || locks.discharge ? [alarm('software_lock', 'warning')] : []),
          ...(held.charge ? [protections.charge] : []),
          ...(held.discharge ? [protections.discharge] : []),
        ];
        const before: Reading = {
          chargeEnabled: !locks.charge && !held.charge,
          dischargeEnabled: !locks.discharge && !held.discharge,
          alarms,
        };
        const { sent } = carryOut(jbd, wanted, { value: on, before }, (request) =>
          classicReply(registerOf(request), Buffer.alloc(0)).toString('hex'),
        );
        const word = Number.parseInt(sent[0]?.slice(8, 12) ?? '', 16);
        const written = { charge: (word & 1) !== 0, discharge: (word & 2) !== 0 };
        assert.equal(written[wanted], !on);
        const isOpen = locks[wanted] || held[wanted];
        const ambiguous = held[other] && isOpen && (locks.charge || locks.discharge);
        if (!ambiguous) assert.equal(written[other], locks[other]);
      }),
    );
  });
});
