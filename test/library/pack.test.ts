import assert from 'node:assert/strict';
import { daly } from '../../src/codec/daly';
import { BmsError, openPack } from '../../src/index';
import { ServedBoard } from '../support/served-board';

describe('openPack', () => {
  it('reads a pack over TCP', async () => {
    const board = await new ServedBoard(daly).listen();
    const pack = await openPack({ transport: 'tcp', host: `127.0.0.1:${board.port}`, protocol: 'daly' });
    const conditions: string[] = [];
    pack.onCondition(({ phase }) => conditions.push(phase));
    assert.equal((await pack.read()).cellCount, 16);
    await pack.close();
    await board.close();
    assert.deepEqual(conditions, ['idle']);
  });

  it('says why a pack cannot be read, and leaves nothing behind', async () => {
    const board = await new ServedBoard(daly).listen();
    const { port } = board;
    await board.close();
    const options = { transport: 'tcp', host: '127.0.0.1', port, protocol: 'daly' } as const;
    await assert.rejects(openPack(options), (error) => error instanceof BmsError && error.code === 'port_not_found');
  });

  it('refuses what cannot be', async () => {
    await assert.rejects(openPack({ transport: 'tcp', host: 'http://bridge' }), { code: 'bad_value' });
    await assert.rejects(openPack({ transport: 'tcp', host: 'bridge' }), { code: 'bad_value' });
    await assert.rejects(openPack({ transport: 'simulator', protocol: 'nobody' }), { code: 'unsupported' });
    await assert.rejects(openPack({ transport: 'pigeon' } as never), { code: 'unsupported' });
  });
});
