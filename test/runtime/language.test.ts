import assert from 'node:assert/strict';
import { alarm, ALARM_CODES, alarmSentence, unknownAlarm, unknownCode, vendorFault } from '../../src/battery/alarm';
import { BmsError } from '../../src/battery/errors';
import { QUANTITY_KEYS } from '../../src/battery/quantities';
import { OPERATORS, ruleSentence, sentenceFor } from '../../src/battery/rule';
import { say } from '../../src/battery/sentence';
import { editorLanguage, serverLanguage } from '../../src/runtime/languages';

/** A server in a language, as its catalogues name it. */
const serverIn = (language: string) => ({ _: () => language });
const german = serverLanguage(serverIn('de'));

describe('a language', () => {
  it('leaves an error as it is in English, and where there is no catalogue', () => {
    const error = new BmsError('closed', say`The search was ended.`);
    for (const server of ['en-US', 'fr', 'bms-connection.language']) {
      assert.equal(serverLanguage(serverIn(server)).error(error), error);
    }
  });

  it('translates an error with its cause, and keeps code, word and stack', () => {
    const cause = new BmsError('not_found', say`There is no device.`);
    const {
      code,
      message,
      word,
      stack,
      cause: translated,
    } = german.error(new BmsError('closed', say`The search was ended.`, cause, 'too_late'));
    assert.deepEqual([code, message, word], ['closed', 'Die Suche wurde beendet.', 'too_late']);
    assert.match(stack ?? '', /Die Suche wurde beendet\.\n +at .*language\.test/);
    assert.equal((translated as BmsError).message, 'Es gibt kein Gerät.');
  });

  it('is that of the editor, for any region, else that of the server', () => {
    const sentence = say`There is no device.`;
    const text = (accepted: string | undefined): string => editorLanguage(serverIn('de'), accepted).text(sentence);
    assert.equal(text('de-AT,en;q=0.9'), 'Es gibt kein Gerät.');
    assert.equal(text('fr;q=1, EN-us'), 'There is no device.');
    assert.equal(text('zh-cn'), '没有设备。');
    for (const other of [undefined, '', '*', '../de', 'constructor']) assert.equal(text(other), 'Es gibt kein Gerät.');
  });

  it('reads the sentence of every alarm of a device back from its text', () => {
    const alarms = [
      ...ALARM_CODES.map((code) => alarm(code, 'fault')),
      ...[vendorFault(7), unknownAlarm('status', 3), unknownCode('state', 9)],
    ];
    for (const each of alarms) {
      assert.equal(String(alarmSentence(each)), each.message);
      assert.notEqual(german.alarm(each).message, each.message);
    }
    const foreign = { code: 'soc_low', level: 'warning', message: 'Fast leer.' } as const;
    assert.deepEqual(german.alarm(foreign), foreign);
  });

  it('reads the sentence of every alarm of a rule back from its text, and leaves the user his own words', () => {
    for (const field of QUANTITY_KEYS) {
      for (const operator of OPERATORS) {
        for (const place of [{}, { cell: 3 }, { sensor: 2 }]) {
          const rule = { code: 'x', field, operator, limit: 1, clear: 1, hold: 0, level: 'warning' } as const;
          const made = sentenceFor({ ...rule, message: '' }, { value: 2, ...place });
          const sentence = ruleSentence({ ...rule, ...place, message: made });
          assert.equal(String(sentence), made);
          assert.notEqual(german.text(sentence), made);
          for (const message of ['Pumpe aus', 'Pumpe aus.']) {
            const own = sentenceFor({ ...rule, message }, { value: 2, ...place });
            assert.equal(String(ruleSentence({ ...rule, ...place, message: own })), own);
            assert.match(
              german.text(ruleSentence({ ...rule, ...place, message: own })),
              /^Pumpe aus( \((Zelle|Sensor) \d\))?\.?$/,
            );
          }
        }
      }
    }
  });
});
