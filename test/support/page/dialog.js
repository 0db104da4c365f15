// Runs in the page of the editor: what people may miss of the topmost dialog, and of the tips that show beside it.

/** The least contrast between a text and what is behind it (Web Content Accessibility Guidelines 2.2, 1.4.3). */
const LEAST_CONTRAST = 4.5;

const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', {
  willReadFrequently: true,
});

/** Any colour of CSS as red, green, blue and opacity, 0 to 255 and 0 to 1. */
function channels(colour) {
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

function blend([red, green, blue, alpha], below) {
  return [red, green, blue].map((value, i) => value * alpha + below[i] * (1 - alpha));
}

/** What is painted behind the text of an element. */
function backgroundOf(element) {
  const own = channels(getComputedStyle(element).backgroundColor);
  if (own[3] === 1) return own.slice(0, 3);
  const below = element.parentElement ? backgroundOf(element.parentElement) : [255, 255, 255];
  return blend(own, below);
}

function opacityOf(element) {
  const own = Number(getComputedStyle(element).opacity);
  return element.parentElement ? own * opacityOf(element.parentElement) : own;
}

function luminance(colour) {
  const [red, green, blue] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param part of the element, as `::placeholder` */
function contrastOf(element, part) {
  const background = backgroundOf(element);
  const style = getComputedStyle(element, part);
  const [red, green, blue, alpha] = channels(style.color);
  const opacity = alpha * opacityOf(element) * (part ? Number(style.opacity) : 1);
  const [dark, light] = [luminance(background), luminance(blend([red, green, blue, opacity], background))].sort(
    (a, b) => a - b,
  );
  return (light + 0.05) / (dark + 0.05);
}

const isSeen = (element) =>
  element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;

/** The form of the topmost dialog, and the tips of the fields. */
function shown() {
  const forms = document.querySelectorAll('.red-ui-tray:last-of-type .red-ui-tray-body form');
  return [...forms, ...document.querySelectorAll('.red-ui-popover')].filter(isSeen);
}

/** Every text that is to be read: its element, its words, and the part of the element that has its colour. */
function* textsIn(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: element, textContent } = walker.currentNode;
    if (/\S/.test(textContent) && !element.closest('option, script, style') && isSeen(element))
      yield { element, words: textContent.trim() };
  }
  for (const element of root.querySelectorAll('input, select, textarea')) {
    if (!isSeen(element) || ['checkbox', 'radio', 'hidden'].includes(element.type)) continue;
    const value = element.tagName === 'SELECT' ? element.selectedOptions[0]?.text : element.value;
    if (value) yield { element, words: value };
    else if (element.placeholder) yield { element, words: element.placeholder, part: '::placeholder' };
  }
}

/** What sort of text it is: Node-RED has colours of its own for some. */
function sortOf({ element, part }) {
  if (part) return part;
  if (element.closest('.red-ui-button:hover')) return 'button under the mouse';
  return element.closest('.red-ui-button') ? 'button' : 'text';
}

/**
 * Texts that hardly stand out from what is behind them.
 * @param spared sorts of texts that are left out
 */
function faintTexts(spared) {
  const texts = shown().flatMap((root) => [...textsIn(root)]);
  // What cannot be used now may be faint (the same guidelines).
  const isInUse = ({ element }) => !element.closest('[aria-disabled="true"], :disabled');
  return texts
    .filter(isInUse)
    .map((text) => ({ words: text.words, sort: sortOf(text), contrast: contrastOf(text.element, text.part) }))
    .filter(({ sort, contrast }) => contrast < LEAST_CONTRAST && !spared.includes(sort))
    .map(({ words, sort, contrast }) => `${sort} "${words}" has a contrast of ${contrast.toFixed(2)} to 1`);
}

/** How many texts there are to be read. */
function countTexts() {
  return shown().reduce((sum, root) => sum + [...textsIn(root)].length, 0);
}

/** What a screen reader calls a field. A placeholder and a tooltip do not count: they come and go. */
function nameOf(element) {
  const label = element.getAttribute('aria-label');
  if (label) return label.trim();
  const by = element.getAttribute('aria-labelledby');
  const named = by ? by.split(/\s+/).map((id) => document.getElementById(id)) : [...(element.labels ?? [])];
  const words = named.map((other) => other?.textContent ?? '').join(' ');
  return (words || (/^(BUTTON|A)$/.test(element.tagName) ? element.textContent : '')).trim();
}

/** Fields and buttons without a name. */
function namelessFields() {
  const fields = shown().flatMap((root) => [
    ...root.querySelectorAll('input, select, textarea, button, a[href], [tabindex]'),
  ]);
  return (
    fields
      .filter((element) => element.type !== 'hidden' && element.tabIndex >= 0 && isSeen(element))
      // Fields off the screen, with which Node-RED catches what browsers fill in by themselves.
      .filter((element) => !element.id.startsWith('red-ui-trap-') && !nameOf(element))
      .map((element) => `no name: ${element.outerHTML.slice(0, 200)}`)
  );
}

/** Buttons that the keys do not reach. */
function unreachableButtons() {
  const buttons = shown().flatMap((root) => [...root.querySelectorAll('button, .red-ui-button')]);
  return buttons
    .filter((button) => button.tabIndex < 0 && !button.disabled && isSeen(button))
    .map((button) => `no key reaches ${button.outerHTML.slice(0, 200)}`);
}
