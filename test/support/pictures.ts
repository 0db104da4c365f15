import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a picture is taken of: a page of either browser support. */
interface Pictured {
  screenshot(options: { clip?: Area; fullPage?: boolean }): Promise<Buffer>;
  evaluate<T>(script: string): Promise<T>;
}

/** A part of the page, in pixels from its upper left corner. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** `npm run pictures` writes those that the README shows. */
const FOLDER = process.env['OPENBMS_PICTURES'] ?? join('.cache', 'pictures');

const MOST_BYTES = 150_000;

/** The least number of colours of a picture with writing, and the largest share of the commonest. */
const LEAST_COLOURS = 50;
const MOST_OF_ONE = 0.97;

/** Takes a picture for the README: it must be small, and show something. */
export async function takePicture(page: Pictured, name: string, clip?: Area): Promise<void> {
  const png = await page.screenshot(clip === undefined ? { fullPage: true } : { clip });
  assert.ok(png.length < MOST_BYTES, `${name} has ${png.length} bytes`);
  const { colours, share } = await page.evaluate<{ colours: number; share: number }>(countColours(png));
  assert.ok(colours >= LEAST_COLOURS, `${name} has ${colours} colours only`);
  assert.ok(share <= MOST_OF_ONE, `${name} is blank: ${share} of it has one colour`);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.png`), png);
}

function countColours(png: Buffer): string {
  return `(async () => {
    const image = new Image();
    image.src = 'data:image/png;base64,${png.toString('base64')}';
    await image.decode();
    const { width, height } = image;
    const pen = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d');
    pen.drawImage(image, 0, 0);
    const found = new Map();
    const pixels = new Uint32Array(pen.getImageData(0, 0, width, height).data.buffer);
    for (const pixel of pixels) found.set(pixel, (found.get(pixel) ?? 0) + 1);
    return { colours: found.size, share: Math.max(...found.values()) / pixels.length };
  })()`;
}
