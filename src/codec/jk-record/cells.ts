import type { Reading } from '../../battery/reading';

const BALANCER = { off: 0, charging: 1, discharging: 2 };

/** The byte that says what the balancer does: it has the direction too, which shows in the sign of its current. */
export function decodeBalancing(data: Buffer, at: number): boolean {
  return data.readUInt8(at) !== BALANCER.off;
}

export function encodeBalancing({ balancing = false, balanceCurrent = 0 }: Reading, data: Buffer, at: number): void {
  const direction = balanceCurrent < 0 ? BALANCER.discharging : BALANCER.charging;
  data.writeUInt8(balancing ? direction : BALANCER.off, at);
}
