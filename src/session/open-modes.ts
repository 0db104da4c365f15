import type { Protocol, Step } from '../codec/protocol';
import { Signal } from './signal';

/** A board on a line. */
interface Place {
  readonly protocol: Protocol;
  /** has no meaning where the protocol has none */
  readonly address: number;
}

/** A mode that a board was brought into, and perhaps not out of. */
export interface OpenMode extends Place {
  /** what takes it out, one of `Protocol.endings` */
  readonly ending: Step;
}

/**
 * The modes that boards of a line are in because of an action, from the request that brings one into it to the answer to
 * the one that takes it out: so that what a stop or a crash has cut off is ended after the next start.
 */
export class OpenModes {
  /** all that are open, whenever that changes */
  readonly changed = new Signal<readonly OpenMode[]>();
  /** some are known from before */
  readonly recalled = new Signal<void>();

  private readonly open = new Map<string, OpenMode>();
  /** those from before that are not being ended yet */
  private readonly former = new Set<string>();

  /** To be called when a request goes out that brings a board into a mode. @returns whether it was not in it already */
  entered(mode: OpenMode): boolean {
    const key = keyOf(mode);
    const isNew = !this.open.has(key);
    this.open.set(key, mode);
    if (isNew) this.emitChange();
    return isNew;
  }

  /** To be called when a board has said that it is in its normal mode. */
  left(place: Place): void {
    const key = keyOf(place);
    this.former.delete(key);
    if (this.open.delete(key)) this.emitChange();
  }

  /** Takes what was open when this line was used last. */
  recall(modes: readonly OpenMode[]): void {
    for (const mode of modes) {
      const key = keyOf(mode);
      if (this.open.has(key)) continue;
      this.open.set(key, mode);
      this.former.add(key);
    }
    if (this.former.size > 0) this.recalled.emit();
  }

  /** The mode that a board is in from before; only at the first call. */
  takeFormer(place: Place): OpenMode | undefined {
    const key = keyOf(place);
    return this.former.delete(key) ? this.open.get(key) : undefined;
  }

  private emitChange(): void {
    this.changed.emit([...this.open.values()]);
  }
}

function keyOf({ protocol, address }: Place): string {
  return protocol.address === undefined ? protocol.id : `${protocol.id} ${address}`;
}
