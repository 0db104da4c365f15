/** What the curves go by: the properties of each, and which figures of the operating point lie on them. */
const LIMITS_QUANTITIES = {
  cell: { curves: ['chargeByCell', 'dischargeByCell'], now: ['highest', 'lowest'], unit: 'V' },
  temperature: { curves: ['chargeByTemperature', 'dischargeByTemperature'], now: ['coldest', 'hottest'], unit: '°C' },
  mos: { curves: ['chargeByMos', 'dischargeByMos'], now: ['mos'], unit: '°C' },
  soc: { curves: ['chargeBySoc', 'dischargeBySoc'], now: ['soc'], unit: '%' },
};

/**
 * Lists of points that are edited, each in two fields.
 * @param node of the dialog
 * @param place where they are shown
 * @param onChange called when a point has changed
 */
function limitsCurveEditor(node, place, onChange) {
  /** points of a node's own by property, with what the fields hold; a property without an entry is that of the preset */
  const own = {};
  for (const key of LIMITS_CURVES) if (!isBlank(node[key]) && String(node[key]) !== '') own[key] = node[key];
  let shown = 'cell';

  function pointsOf(key) {
    return limitsFigure(values(), key) || [];
  }

  /** All curves as they would be saved: an empty list is the preset. */
  function values() {
    const curves = Object.fromEntries(LIMITS_CURVES.map((key) => [key, own[key] || []]));
    return Object.assign({ chemistry: $('#node-input-chemistry').val() }, curves);
  }

  function set(key, points) {
    own[key] = points;
    onChange();
  }

  function show(quantity = shown) {
    shown = quantity;
    const { curves, unit } = LIMITS_QUANTITIES[quantity];
    place.empty().append(curves.map((key, i) => fieldset(key, i === 0 ? 'charge' : 'discharge', unit)));
  }

  function fieldset(key, direction, unit) {
    const list = $('<fieldset>', { 'data-curve': key });
    list.append($('<legend>').text(node._(`bms-limits.plot.${direction}`)));
    list.append($('<div>', { class: 'bms-limits-columns' }).text(`${unit}, ${node._('bms-limits.curve.fraction')}`));
    if (own[key] !== undefined && !Array.isArray(own[key])) {
      // An environment variable, or a mistake in a flow made by hand.
      return list.append($('<div>').text(String(own[key])));
    }
    const points = (own[key] || pointsOf(key)).map((point) => [...point]);
    points.forEach((point, row) => list.append(pointRow(key, points, row, direction, unit)));
    const add = asPointButton('fa-plus', node._('bms-limits.curve.add'), () => {
      const [x, fraction] = points.at(-1) || ['', 1];
      set(key, [...points, [x, fraction]]);
      redraw(key, points.length);
    });
    const reset = asPointButton('fa-undo', node._('bms-limits.curve.preset'), () => {
      delete own[key];
      onChange();
      redraw(key, 0);
    });
    return list.append($('<div>', { class: 'bms-limits-point' }).append(add, own[key] === undefined ? [] : reset));
  }

  function pointRow(key, points, row, direction, unit) {
    const name = node._(`bms-limits.plot.${direction}`);
    const field = (index, what) => {
      const label = `${name} ${row + 1}: ${what}`;
      return $('<input>', { type: 'text', title: label, 'aria-label': label })
        .val(points[row][index])
        .on('input change', (event) => {
          points[row][index] = limitsTyped($(event.target).val());
          set(key, points);
        });
    };
    const remove = asPointButton('fa-trash', `${node._('bms-limits.curve.remove')} ${name} ${row + 1}`, () => {
      set(
        key,
        points.filter((_point, i) => i !== row),
      );
      redraw(key, Math.max(0, row - 1));
    });
    const fields = [field(0, unit), field(1, node._('bms-limits.curve.fraction'))];
    return $('<div>', { class: 'bms-limits-point' }).append(fields, remove);
  }

  /** Shows the list anew, with the focus in a row of it, so that keys go on where they were. */
  function redraw(key, row) {
    show();
    place.find(`[data-curve="${key}"] .bms-limits-point`).eq(row).find('input, button').first().trigger('focus');
  }

  function asPointButton(icon, label, act) {
    return $('<button>', {
      type: 'button',
      class: 'red-ui-button red-ui-button-small',
      title: label,
      'aria-label': label,
    })
      .append($('<i>', { class: `fa ${icon}` }))
      .on('click', act);
  }

  return {
    show,
    values,
    quantity: () => shown,
    /** how many curves are the node's own */
    count: () => Object.keys(own).length,
    reset() {
      for (const key of Object.keys(own)) delete own[key];
      show();
    },
    /** Marks the fields of curves with faults. */
    mark(keys) {
      place.find('fieldset').each((_i, list) => {
        $(list)
          .find('input')
          .toggleClass('input-error', keys.has($(list).attr('data-curve')));
      });
    },
  };
}

/** A number as number; what else is in a field stays as it is. */
function limitsTyped(value) {
  const text = String(value).trim();
  return text === '' || Number.isNaN(Number(text)) ? text : Number(text);
}
