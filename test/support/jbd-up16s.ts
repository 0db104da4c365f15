import { crc16Modbus } from '../../src/codec/kit/checksum';

/** A reply of the UP16S protocol, built from the rule of jbd.md 11.1; the CRC is tested by itself. */
export function up16sReply(start: number, end: number, data: Buffer, address = 1, command = 0x78): Buffer {
  const header = Buffer.from([address, command, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(start, 2);
  header.writeUInt16BE(end, 4);
  header.writeUInt16BE(data.length, 6);
  const body = Buffer.concat([header, data]);
  const crc = Buffer.alloc(2);
  crc.writeUInt16LE(crc16Modbus(body, 0, body.length));
  return Buffer.concat([body, crc]);
}
