import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { EditorKind } from './editors';
import type { Area } from './pictures';

/** What these tests use of playwright-core, which is installed for them alone. */
export interface Locator {
  click(options?: { button?: 'left' | 'right'; position?: { x: number; y: number } }): Promise<void>;
  dblclick(): Promise<void>;
  fill(text: string): Promise<void>;
  selectOption(value: string | { label: string }): Promise<unknown>;
  hover(): Promise<void>;
  focus(): Promise<void>;
  waitFor(options?: { state?: 'attached' | 'detached' | 'visible' | 'hidden'; timeout?: number }): Promise<void>;
  isVisible(): Promise<boolean>;
  inputValue(): Promise<string>;
  innerText(): Promise<string>;
  allInnerTexts(): Promise<string[]>;
  getAttribute(name: string): Promise<string | null>;
  count(): Promise<number>;
  scrollIntoViewIfNeeded(): Promise<void>;
  first(): Locator;
  last(): Locator;
  locator(selector: string): Locator;
  boundingBox(): Promise<Area | null>;
}

interface Mouse {
  move(x: number, y: number, options?: { steps?: number }): Promise<void>;
  down(): Promise<void>;
  up(): Promise<void>;
}

interface Route {
  continue(): Promise<void>;
  fulfill(answer: { json: unknown }): Promise<void>;
}

interface Page {
  readonly mouse: Mouse;
  readonly keyboard: { press(key: string): Promise<void>; type(text: string): Promise<void> };
  setViewportSize(size: { width: number; height: number }): Promise<void>;
  addInitScript(script: string): Promise<unknown>;
  goto(url: string): Promise<unknown>;
  route(url: string, handler: (route: Route) => Promise<void>, options?: { times: number }): Promise<unknown>;
  setDefaultTimeout(ms: number): void;
  locator(selector: string): Locator;
  evaluate<T>(script: string): Promise<T>;
  waitForEvent(event: 'filechooser'): Promise<{ setFiles(path: string): Promise<void> }>;
  waitForEvent(event: 'download'): Promise<{ suggestedFilename(): string; path(): Promise<string> }>;
  waitForFunction(script: string, argument?: undefined, options?: { timeout?: number }): Promise<unknown>;
  screenshot(options: { path?: string; clip?: Area; fullPage?: boolean }): Promise<Buffer>;
  on(event: 'pageerror', listener: (error: Error) => void): void;
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void;
  on(event: 'requestfailed', listener: (request: { url(): string }) => void): void;
}

interface Browser {
  newPage(options: { viewport: { width: number; height: number }; colorScheme: 'light' | 'dark' }): Promise<Page>;
  close(): Promise<void>;
}

interface Playwright {
  chromium: { launch(options: { executablePath: string; args: string[] }): Promise<Browser> };
}

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** How many dialogs are open: the topmost has the titles of all, the others are taken off the page. */
const DEPTH = `document.querySelectorAll('.red-ui-tray:last-of-type .red-ui-tray-breadcrumbs li').length`;

/** Whether the topmost dialog has the focus. Node-RED gives it to a new one while that slides in, whatever has it then. */
const HAS_FOCUS = `document.querySelector('.red-ui-tray:last-of-type .red-ui-tray-body').contains(document.activeElement)`;

/**
 * Whether every dialog is at its place. One that comes back when the dialog over it has closed is on the page a timer
 * before it slides, and gets the focus only then: keys pressed in between are lost.
 */
const SETTLED = `[...document.querySelectorAll('.red-ui-tray')].every((tray) => tray.style.right === '0px') &&
  !document.getAnimations().some((a) => a.effect.target.matches?.('.red-ui-tray, #red-ui-editor-stack'))`;

/** What runs in the page. */
const PAGE_CODE = readFileSync(join('test', 'support', 'page', 'dialog.js'), 'utf8');

/** How long the page may take for anything that has no limit of its own. */
const PATIENCE_MS = 10_000;

/** The editor of a Node-RED in a real browser, worked with as a user does. */
export class Editor {
  /** what went wrong in the page */
  readonly errors: string[] = [];

  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
    private readonly kind: EditorKind,
    private readonly pictures: string,
  ) {
    page.on('pageerror', (error) => this.errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  /** @param name of the run, for its pictures under .cache/ */
  static async open(url: string, kind: EditorKind, name = kind.title): Promise<Editor> {
    const home = process.env['OPENBMS_E2E_HOME'];
    if (home === undefined) throw new Error('OPENBMS_E2E_HOME is not set: run these tests with npm run test:e2e');
    const { chromium } = createRequire(join(home, 'package.json'))('playwright-core') as Playwright;
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: kind.theme });
    page.setDefaultTimeout(PATIENCE_MS);
    const pictures = join(home, 'pictures', name);
    mkdirSync(pictures, { recursive: true });
    const editor = new Editor(browser, page, kind, pictures);
    // As a user has it who lets the editor of Node-RED 5 follow the system.
    await page.addInitScript(`if (location.host) localStorage.setItem('view-dark-theme', 'auto')`);
    await page.goto(url);
    await editor.at('.red-ui-palette-node[data-palette-type="bms-read"]').waitFor({ timeout: 30_000 });
    await page.waitForFunction(`!document.querySelector('#red-ui-loading-progress')?.offsetParent`);
    const isDark = await page.evaluate<boolean>(`document.documentElement.classList.contains('nr-theme-dark')`);
    assert.equal(isDark, kind.theme === 'dark');
    return editor;
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  at(selector: string): Locator {
    return this.page.locator(selector);
  }

  /** Types into a field and leaves it. */
  async enter(field: string, text: string): Promise<void> {
    await this.at(field).fill(text);
    await this.page.keyboard.press('Tab');
  }

  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(this.pictures, `${name}.png`) });
  }

  /** Takes a picture of the topmost dialog, with legible texts, fields that have names, and buttons in reach of keys. */
  async look(name: string): Promise<void> {
    await this.picture(name);
    const [texts, problems] = await this.page.evaluate<[number, string[]]>(
      `(() => {
        ${PAGE_CODE}
        const faint = faintTexts(${JSON.stringify(this.kind.faint)});
        return [countTexts(), [...faint, ...namelessFields(), ...unreachableButtons()]];
      })()`,
    );
    assert.ok(texts > 5, `${name}: only ${texts} texts were found`);
    assert.deepEqual(problems, [], name);
  }

  /** Drags a node from the palette to a place on the canvas, counted from its corner. @returns its id */
  async drag(type: string, x: number, y: number): Promise<string> {
    const before = new Set(await this.nodeIds());
    await this.at(`.red-ui-palette-node[data-palette-type="${type}"]`).scrollIntoViewIfNeeded();
    const [from, canvas] = [
      await boxOf(this.at(`.red-ui-palette-node[data-palette-type="${type}"]`)),
      await boxOf(this.at('#red-ui-workspace-chart')),
    ];
    const { mouse } = this.page;
    await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await mouse.down();
    await mouse.move(canvas.x + x, canvas.y + y, { steps: 12 });
    await mouse.move(canvas.x + x + 1, canvas.y + y + 1);
    await mouse.up();
    await this.page.waitForFunction(`document.querySelectorAll('.red-ui-flow-node-group').length > ${before.size}`);
    const added = (await this.nodeIds()).filter((id) => !before.has(id));
    if (added.length !== 1) throw new Error(`${type} was dragged, and ${added.length} nodes came`);
    return String(added[0]);
  }

  /** Draws a wire between two nodes. */
  async wire(from: string, to: string): Promise<void> {
    const start = await boxOf(this.at(`#red-ui-workspace-chart [id="${from}"] .red-ui-flow-port-output`).first());
    const end = await boxOf(this.at(`#red-ui-workspace-chart [id="${to}"] .red-ui-flow-port-input`));
    const { mouse } = this.page;
    await mouse.move(start.x + start.width / 2, start.y + start.height / 2);
    await mouse.down();
    await mouse.move(end.x + end.width / 2, end.y + end.height / 2, { steps: 12 });
    await mouse.up();
  }

  /** Opens the dialog of a node. */
  async edit(id: string): Promise<void> {
    await this.at(`#red-ui-workspace-chart [id="${id}"] .red-ui-flow-node`).dblclick();
    await this.opened(1);
  }

  /** Opens the dialog of a config node that a field refers to: the one that is chosen, or a new one. */
  async editConfig(field: string, what: 'add' | 'edit', type: 'device' | 'bank' = 'device'): Promise<void> {
    const before = await this.depth();
    const button = field.replace(/^#(node-(?:config-)?input)-/, '#$1-btn-');
    await this.at(`${button}-${what}`).last().click();
    // A field that takes packs and banks asks which it is to be.
    const menu = this.at(`.bms-battery-menu a:has-text("bms-${type}")`);
    if (what === 'add' && (await menu.count()) > 0) await menu.click();
    await this.opened(before + 1);
  }

  /** Closes the topmost dialog with its button. */
  async finish(button: '#node-dialog-ok' | '#node-config-dialog-ok' | '#node-config-dialog-cancel'): Promise<void> {
    const before = await this.depth();
    await this.at(button).last().click();
    await this.reached(before - 1);
  }

  /** Deploys, and waits until the server has taken it. */
  async deploy(): Promise<void> {
    await this.at('#red-ui-header-button-deploy').click();
    // When it is done, and not before, the editor takes the focus to the canvas.
    await this.page.waitForFunction(`!RED.nodes.dirty() && !$('.red-ui-deploy-button-spinner').is(':visible')`);
  }

  /** What the status below a node says, as soon as it is as wanted. */
  async status(id: string, wanted: RegExp): Promise<void> {
    const script = `${wanted}.test(document.querySelector('[id="${id}"] .red-ui-flow-node-status-label').textContent)`;
    await this.page.waitForFunction(script, undefined, { timeout: 20_000 });
  }

  private nodeIds(): Promise<string[]> {
    return this.page.evaluate<string[]>(`[...document.querySelectorAll('.red-ui-flow-node-group')].map((n) => n.id)`);
  }

  /** How many dialogs are open: a config node's comes over that of the node. */
  private depth(): Promise<number> {
    return this.page.evaluate<number>(DEPTH);
  }

  /** Waits until a further dialog has opened and is one of so many. */
  async opened(depth: number): Promise<void> {
    await this.page.waitForFunction(`${DEPTH} === ${depth} && ${HAS_FOCUS} && ${SETTLED}`);
  }

  /** Waits until so many dialogs are open, and the last is at its place. */
  async reached(depth: number): Promise<void> {
    await this.page.waitForFunction(`${DEPTH} === ${depth} && ${SETTLED}`);
  }
}

async function boxOf(locator: Locator): Promise<Area> {
  await locator.waitFor();
  const box = await locator.boundingBox();
  if (box === null) throw new Error('It is not on the screen.');
  return box;
}

/** After each test of a suite: a picture of the editor where it has failed, and no complaint of the page. */
export function checkAfterEach(editorOf: () => Editor): void {
  afterEach(async function () {
    const editor = editorOf();
    if (this.currentTest?.state === 'failed') await editor.picture(`failed ${this.currentTest.title}`);
    assert.deepEqual(editor.errors.splice(0), []);
  });
}
