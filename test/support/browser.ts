import { library, program } from './e2e';

/** As much of playwright-core as these tests use. */
export interface Locator {
  click(): Promise<void>;
  waitFor(options?: { state: 'hidden' }): Promise<void>;
  first(): Locator;
  count(): Promise<number>;
  allTextContents(): Promise<string[]>;
  textContent(): Promise<string | null>;
  locator(selector: string, options?: { hasText?: string | RegExp }): Locator;
  evaluateAll<R>(work: (elements: PageElement[]) => R): Promise<R>;
}

/** As much of an element as runs in the page. */
export interface PageElement {
  className: string;
  clientHeight: number;
}

export interface Page {
  goto(url: string): Promise<unknown>;
  locator(selector: string, options?: { hasText?: string | RegExp }): Locator;
  waitForFunction(work: string): Promise<unknown>;
  evaluate<T>(script: string): Promise<T>;
  screenshot(options: { path?: string; fullPage?: boolean }): Promise<Buffer>;
  on(event: 'pageerror', listener: (error: Error) => void): unknown;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): unknown;
}

export interface Browser {
  newPage(options: { viewport: { width: number; height: number } }): Promise<Page>;
  close(): Promise<void>;
}

interface Playwright {
  chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> };
}

const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** A headless Chromium of the system. */
export function openBrowser(): Promise<Browser> {
  const { chromium } = library('playwright-core') as Playwright;
  return chromium.launch({ executablePath: program('/usr/bin/chromium', '/usr/bin/google-chrome'), args: QUIET });
}
