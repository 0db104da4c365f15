/** Which password of a board opens which level of permission, and what each allows. */
function settingsLevels(node, { inForce, all }) {
  const table = settingsTable(node._('bms-device.settings.levels.title'), [
    node._('bms-device.settings.levels.level'),
    node._('bms-device.settings.levels.may'),
    node._('bms-device.settings.levels.password'),
  ]);
  const rows = all.map(({ level, may, password }) => {
    const name = $('<th>', { scope: 'row', text: level });
    if (level === inForce) name.append(' ', settingsMark(node._('bms-device.settings.levels.inForce')));
    return $('<tr>').append(name, $('<td>', { text: may }), $('<td>', { text: password }));
  });
  return [
    $('<summary>', { text: node._('bms-device.settings.levels.title') }),
    table.append($('<tbody>').append(rows)),
  ];
}
