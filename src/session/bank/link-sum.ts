import type { Device } from '../device';
import type { LinkFigures } from '../snapshot';

/** Figures of a line, which are those of all devices on it. */
const OF_THE_LINE = ['requests', 'answers', 'foreignFrames', 'badChecksums', 'discardedBytes'] as const;
const OF_THE_DEVICE = ['skippedPolls', 'impossibleAnswers', 'impossibleValues'] as const;

/** What has come over the lines of several devices so far. */
export function linkSum(devices: readonly Device[]): LinkFigures {
  const sum = {
    ...{ requests: 0, answers: 0, foreignFrames: 0, badChecksums: 0, discardedBytes: 0 },
    ...{ skippedPolls: 0, impossibleAnswers: 0, impossibleValues: 0 },
  };
  devices.forEach((device, i) => {
    const { link } = device;
    for (const key of OF_THE_DEVICE) sum[key] += link[key];
    if (devices.slice(0, i).some((other) => other.sharesLineWith(device))) return;
    for (const key of OF_THE_LINE) sum[key] += link[key];
  });
  return sum;
}
