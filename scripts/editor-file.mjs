// Reads a node's HTML file as the editor and the flow library do.
import vm from 'node:vm';

/** One HTML file: the definitions that it registers, and its dialog. */
export class EditorFile {
  /** definitions by type */
  types = new Map();
  /** nodes of the flow that the validators look into, by id */
  flow = new Map();

  constructor(name, html) {
    this.name = name;
    this.html = html;
    this.code = part(html, /<script type="text\/javascript">([^]*?)<\/script>/g);
    this.dialog = part(html, /<script type="text\/html" data-template-name="[^"]+">([^]*?)<\/script>/g);
    const RED = {
      _: (key) => key,
      events: { on: () => undefined },
      nodes: { registerType: (type, definition) => this.types.set(type, definition), node: (id) => this.flow.get(id) },
    };
    // No dialog is open: every jQuery lookup finds nothing.
    vm.runInNewContext(this.code, { RED, $: () => ({ length: 0 }) }, { filename: `${name}.html` });
  }

  /** Fields without property, label or text, and colours that a theme cannot change. */
  *dialogProblems() {
    const [definition] = this.types.values();
    const prefix = definition.category === 'config' ? 'node-config-input-' : 'node-input-';
    const known = new Set([...Object.keys(definition.defaults), ...Object.keys(definition.credentials ?? {})]);
    const labelled = new Set([...this.dialog.matchAll(/<label[^>]*\sfor="([^"]+)"/g)].map(([, id]) => id));
    for (const [tag, id] of this.dialog.matchAll(/<(?:input|select|textarea)\b[^>]*?\sid="([^"]+)"[^>]*>/g)) {
      if (!labelled.has(id) && !/type="hidden"/.test(tag)) yield `${id} has no label`;
      if (id.startsWith(prefix) && !known.has(id.slice(prefix.length))) yield `${id} is the field of no property`;
      if (/node-(config-)?input-/.test(id) && !id.startsWith(prefix)) yield `${id} must begin with ${prefix}`;
      if (/type="number"/.test(tag)) yield `${id} does not take \${NAME}; use a text field`;
    }
    for (const id of labelled)
      if (!this.dialog.includes(` id="${id}"`)) yield `a label is for ${id}, which is not there`;
    const texts = this.dialog.replace(/<[^>]*>/g, ' ').trim();
    if (texts !== '') yield `texts that are not in the catalogue: ${texts}`;
    for (const [style] of this.html.matchAll(/\sstyle="[^"]*"|<style[^]*?<\/style>/g)) {
      if (/#[0-9a-f]{3,8}\b|rgba?\(|(^|[^-])(color|background|border)\b[^;"]*/i.test(style))
        yield `fixed look: ${style}`;
    }
  }
}

/** The only match of a pattern. */
function part(html, pattern) {
  const found = [...html.matchAll(pattern)];
  if (found.length !== 1) throw new Error(`${found.length} times ${pattern}`);
  return found[0][1];
}
