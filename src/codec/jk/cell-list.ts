/** A cell is its number and its voltage in mV. */
const WIDTH = 3;
const MOST_CELLS = Math.floor(0xff / WIDTH);

/** Id 79: the number of bytes that follow, then the cells, numbered from 1 (jk.md 5). */
export const cellList = {
  /** bytes of the whole list, its count included */
  lengthOf: (data: Buffer, at: number): number => 1 + (data[at] ?? 0),

  /** The voltages in the order of the cell numbers, V. */
  decode(data: Buffer, at: number): number[] {
    const cells: number[] = [];
    const voltages: number[] = [];
    const end = at + cellList.lengthOf(data, at);
    let isInOrder = true;
    for (let entry = at + 1; entry + WIDTH <= end; entry += WIDTH) {
      const cell = data.readUInt8(entry);
      if (cell < (cells[cells.length - 1] ?? 0)) isInOrder = false;
      cells.push(cell);
      voltages.push(data.readUInt16BE(entry + 1) / 1000);
    }
    return isInOrder ? voltages : inOrder(cells, voltages);
  },

  /** @param voltages V */
  encode(voltages: readonly number[]): Buffer {
    const cells = voltages.slice(0, MOST_CELLS);
    const data = Buffer.alloc(1 + WIDTH * cells.length);
    data.writeUInt8(data.length - 1, 0);
    cells.forEach((voltage, i) => {
      const millivolts = Math.round(voltage * 1000);
      data.writeUInt8(i + 1, 1 + WIDTH * i);
      data.writeUInt16BE(Math.min(0xffff, Math.max(0, millivolts)), 2 + WIDTH * i);
    });
    return data;
  },
};

/** The voltages in the order of the cells that they belong to. */
function inOrder(cells: readonly number[], voltages: readonly number[]): number[] {
  const entries = voltages.map((voltage, i) => ({ cell: cells[i] ?? 0, voltage }));
  return entries.sort((a, b) => a.cell - b.cell).map(({ voltage }) => voltage);
}
