const LIMITS_PLOT = { width: 420, height: 190, left: 34, right: 12, top: 30, bottom: 34 };

/**
 * Draws both curves of a quantity, and where the deployed node stands on them.
 * @param svg the element
 * @param quantity key of `LIMITS_QUANTITIES`
 * @param values of the properties
 * @param now the operating point; empty while nothing is known
 * @param say makes a text of a key of the catalogue
 */
function drawLimits(svg, quantity, values, now, say) {
  const { curves, unit, now: figures } = LIMITS_QUANTITIES[quantity];
  const lines = curves.map((key) => (limitsFigure(values, key) || []).filter((point) => point.every(Number.isFinite)));
  const marks = quantity === 'cell' ? limitsMarks(values) : [];
  const present = figures.map((name) => now[name]).filter((x) => Number.isFinite(x));
  const scale = limitsScale([...lines.flat().map(([x]) => x), ...marks.map(([, x]) => x), ...present]);
  const draw = (tag, attributes, text) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    svg.append(element);
  };
  svg.replaceChildren();
  drawLimitsAxes(draw, scale, unit, say);
  marks.forEach(([name, x], i) => {
    const at = scale.x(x);
    draw('path', { class: 'bms-limits-mark', d: `M${at} ${LIMITS_PLOT.top - 4}V${scale.y(0)}` });
    // Neighbours stand on two lines, away from each other.
    const anchor = at > LIMITS_PLOT.width * 0.6 ? 'end' : 'start';
    draw('text', { x: at, y: i % 2 === 0 ? 11 : 23, 'text-anchor': anchor }, say(`mark.${name}`));
  });
  lines.forEach((points, i) => {
    const name = i === 0 ? 'charge' : 'discharge';
    draw('path', { class: `bms-limits-${name}`, d: limitsPath(points, values.curveShape, scale) });
    const shown = figures.length === 2 && quantity === 'cell' ? [figures[i]] : figures;
    for (const x of shown.map((figure) => now[figure]).filter((value) => Number.isFinite(value))) {
      const y = limitsFraction(points, values.curveShape, x);
      draw('circle', { class: 'bms-limits-now', cx: scale.x(x), cy: scale.y(y), r: 5 });
    }
  });
}

/** What of the voltages is shown beside the curves by cell: [name, V], rising, as far as it is known. */
function limitsMarks(values) {
  const names = ['undervoltage', 'floatVoltage', 'absorptionVoltage', 'overvoltage'];
  return names.map((name) => [name, limitsFigure(values, name)]).filter(([, x]) => Number.isFinite(x));
}

/** Where figures lie on the drawing, with a little room at both ends. */
function limitsScale(figures) {
  const { width, height, left, right, top, bottom } = LIMITS_PLOT;
  const [low, high] = figures.length > 0 ? [Math.min(...figures), Math.max(...figures)] : [0, 100];
  const room = Math.max((high - low) * 0.04, 0.01);
  const [from, to] = [low - room, high + room];
  return {
    from,
    to,
    x: (value) => limitsPixel(left + ((value - from) / (to - from)) * (width - left - right)),
    y: (fraction) => limitsPixel(top + (1 - Math.min(1, Math.max(0, fraction))) * (height - top - bottom)),
  };
}

function limitsPixel(value) {
  return Math.round(value * 10) / 10;
}

function drawLimitsAxes(draw, scale, unit, say) {
  const { width, height, left, right } = LIMITS_PLOT;
  for (const fraction of [0, 0.5, 1]) {
    const y = scale.y(fraction);
    draw('path', { class: 'bms-limits-grid', d: `M${left} ${y}H${width - right}` });
    draw('text', { x: left - 6, y: y + 4, 'text-anchor': 'end' }, String(fraction));
  }
  draw('path', { class: 'bms-limits-axis', d: `M${left} ${scale.y(1)}V${scale.y(0)}H${width - right}` });
  const step = limitsStep((scale.to - scale.from) / 5);
  for (let tick = Math.ceil(scale.from / step); tick * step <= scale.to; tick++) {
    const value = limitsShown(tick * step);
    draw('text', { x: scale.x(value), y: scale.y(0) + 14, 'text-anchor': 'middle' }, String(value));
  }
  const below = height - 4;
  draw('text', { x: width - right, y: below, 'text-anchor': 'end' }, unit);
  draw('path', { class: 'bms-limits-charge', d: `M${left} ${below - 4}h22` });
  draw('text', { x: left + 27, y: below }, say('charge'));
  draw('path', { class: 'bms-limits-discharge', d: `M${left + 150} ${below - 4}h22` });
  draw('text', { x: left + 177, y: below }, say('discharge'));
}

/** The next of 1, 2 and 5 by a power of ten. */
function limitsStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least);
}

/** The line of a curve from edge to edge; of a step, at the smaller of both points. */
function limitsPath(points, shape, scale) {
  if (points.length === 0) return `M${scale.x(scale.from)} ${scale.y(1)}H${scale.x(scale.to)}`;
  const corners = [[scale.from, points[0][1]]];
  points.forEach(([x, fraction], i) => {
    const before = points[i - 1];
    if (before && shape === 'step') {
      const between = Math.min(before[1], fraction);
      corners.push([before[0], between], [x, between]);
    }
    corners.push([x, fraction]);
  });
  corners.push([scale.to, points.at(-1)[1]]);
  return corners.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${scale.x(x)} ${scale.y(y)}`).join('');
}

/** The operating point in words; '' while nothing is known. */
function limitsNowText(now, say) {
  const parts = [
    ['highest', 'V'],
    ['lowest', 'V'],
    ['coldest', '°C'],
    ['hottest', '°C'],
    ['mos', '°C'],
    ['soc', '%'],
    ['charge', 'A'],
    ['discharge', 'A'],
  ];
  const known = parts.filter(([name]) => Number.isFinite(now[name]));
  return known
    .map(([name, unit]) => `${say(`now.${name}`)} ${Number(now[name].toFixed(unit === 'V' ? 3 : 1))} ${unit}`)
    .join(', ');
}
