/** The host and, where it is there, the port in what was typed for a host; undefined when it is no host. */
function hostIn(value) {
  const text = String(value || '').trim();
  if (/^[\da-f]*:[\da-f.:]*:[\da-f.]*(%[^\s/\\]+)?$/i.test(text)) return { host: text };
  const found =
    /^\[([\da-f.:]+(?:%[^\s/\\[\]]+)?)\](?::(\d+))?$/i.exec(text) || /^([^\s:/\\[\]]+)(?::(\d+))?$/.exec(text);
  if (!found || (found[2] && !isNumber(found[2], 1, 65535, true))) return undefined;
  return { host: found[1], port: found[2] };
}
