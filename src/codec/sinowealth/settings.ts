import type { SettingRowValues } from '../../battery/settings/vocabulary';
import { parameter, parametersOf } from '../kit/parameters';
import { number } from '../kit/row';
import type { SettingsAccess, SettingsBlock } from '../parameter';
import type { Script, Step } from '../protocol';
import { isLarge, type SinowealthMemory } from './queries';
import { buildRead, framesFor, isResponseTo } from './wire';

const FULL_CAPACITY = 0x11;

const BLOCK: SettingsBlock = { id: FULL_CAPACITY.toString(16), name: 'full capacity (11)', optional: true };

const PARAMETERS = parametersOf(BLOCK.id, 'big', { access: 'read', confidence: '1' }, [
  parameter(number<SettingRowValues>(0, 's32', 'fullCapacity', { divisor: 1000, notAvailable: [0] })),
]);

function stepOf(request: Buffer): Step {
  return {
    name: BLOCK.name,
    request,
    isWrite: false,
    frames: framesFor(request),
    match: (frame) => (isResponseTo(request, frame) ? 'complete' : 'foreign'),
  };
}

function* read(): Script<Buffer> {
  const [frame = Buffer.alloc(0)] = yield stepOf(buildRead(FULL_CAPACITY, 4));
  return Buffer.from(frame.subarray(0, 4));
}

/** The one setting of these boards, which nothing writes (settings-daly.md 6). */
export const settings: SettingsAccess<SinowealthMemory> = {
  // On a large board the register holds something else (sinowealth.md 8).
  blocks: ({ memory }) => (isLarge(memory) ? [] : [BLOCK]),
  parameters: () => PARAMETERS,
  rules: () => [],
  read,
  provedAfter: 'each',
  settlesMs: 0,
};
