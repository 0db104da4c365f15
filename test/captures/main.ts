import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { capturesTable, TABLE_FILE } from './table';

const table = capturesTable();
console.log(table);
if (process.argv.includes('--write')) {
  mkdirSync(dirname(TABLE_FILE), { recursive: true });
  writeFileSync(TABLE_FILE, table);
}
