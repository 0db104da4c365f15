/** The host and, where it is there, the port in what was typed for a host; undefined when it is no host. */
function hostIn(value) {
  const text = String(value || '').trim();
  if (isIPv6(text)) return { host: text };
  const bracketed = /^\[([^[\]]+)\](?::(\d+))?$/.exec(text);
  const found = bracketed || /^([^\s:/\\[\]]+)(?::(\d+))?$/.exec(text);
  if (!found || (bracketed && !isIPv6(found[1]))) return undefined;
  if (found[2] && !isNumber(found[2], 1, 65535, true)) return undefined;
  return { host: found[1], port: found[2] };
}

/** Whether a text is an IPv6 address: eight groups, or fewer with `::` once; the last two may be written as IPv4. */
function isIPv6(text) {
  const [address, ...zone] = text.split('%');
  if (zone.length > 1 || (zone.length === 1 && !/^[a-z\d.:-]+$/i.test(zone[0]))) return false;
  const ipv4 = /:(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?=\d)|$)){4}$/;
  const halves = address.replace(ipv4, ':0:0').split('::');
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[\da-f]{1,4}$/i.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : halves.length === 1 && groups.length === 8;
}
