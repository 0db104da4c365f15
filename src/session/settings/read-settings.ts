import type { Reading } from '../../battery/reading';
import type { Clock } from '../../clock';
import type { Protocol } from '../../codec/protocol';
import type { BoardSettings } from '../../codec/settings/board-settings';
import { documentOf, type SettingsHeader } from '../../codec/settings/document';
import type { Snapshot } from '../snapshot';
import type { ReadSettings } from './requests';

/** What a device knows of its board beside its settings. */
interface DeviceView {
  readonly name: string;
  readonly clock: Clock;
  readonly reader: { readonly last: Snapshot | undefined };
}

/** Settings that have just been read, as a document too. */
export function withDocument(board: BoardSettings, protocol: Protocol, view: DeviceView): ReadSettings {
  const { name, clock, reader } = view;
  const variant = board.access.variant?.(board.target);
  const header = {
    ...{ taken: clock.now(), device: name, protocol: protocol.id, ...(variant !== undefined && { variant }) },
    ...boardHeader(reader.last?.reading),
  };
  return { ...board, document: documentOf(board, header) };
}

function boardHeader(reading: Readonly<Reading> = {}): SettingsHeader {
  const { model, softwareVersion, serialNumber, cellCount = reading.cellVoltages?.length } = reading;
  return {
    ...(model !== undefined && { model }),
    ...(softwareVersion !== undefined && { softwareVersion }),
    ...(serialNumber !== undefined && { serialNumber }),
    ...(cellCount !== undefined && { cellCount }),
  };
}
