import { cellPoints, cellTable, type Cell } from '../../battery/cells';
import type { Snapshot } from '../../session/device';
import { partsOf, provenanceOf, type ReadingMessage } from './reading-messages';

export const CELL_FORMATS = ['object', 'array', 'messages', 'influx'] as const;

export type CellFormat = (typeof CELL_FORMATS)[number];

/** One cell in a message of its own: the voltage as a chart takes it, and everything else about the cell beside it. */
export type CellMessage = ReadingMessage & { cell?: Cell };

/**
 * The messages for the cells of a reading: one, or with `messages` one per cell under `<topic>/cell/<n>`; none when the
 * device reports no cell voltages. All objects are fresh: the flow may change them.
 * @param newId for `msg.parts`, by which a join node knows what belongs together
 */
export function cellMessages(
  snapshot: Snapshot,
  format: CellFormat,
  topic: string,
  newId: () => string,
): CellMessage[] {
  const table = cellTable(snapshot.reading);
  if (table === undefined) return [];
  const whole = (payload: unknown): CellMessage[] => [{ topic, payload, bms: provenanceOf(snapshot) }];
  switch (format) {
    case 'object':
      return whole(table);
    case 'array':
      return whole(table.cells.map(({ voltage }) => voltage));
    case 'influx':
      return whole(cellPoints(table, snapshot, snapshot.timestamp));
    case 'messages': {
      const id = newId();
      return table.cells.map((cell, index) => ({
        topic: `${topic}/cell/${cell.cell}`,
        payload: cell.voltage,
        cell,
        parts: partsOf(id, index, table.count),
        bms: provenanceOf(snapshot),
      }));
    }
  }
}
