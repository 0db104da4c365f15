import assert from 'node:assert/strict';
import { BmsError } from '../../src/battery/errors';
import { say, sequenceOf, verbatim } from '../../src/battery/sentence';

const GERMAN: Record<string, string> = {
  '{0} is released for {1} s more; {2}.': 'Noch {1} s ist {0} freigegeben; {2}.',
  'nothing was sent': 'nichts wurde gesendet',
};
const german = (template: string): string => GERMAN[template] ?? template;

describe('a sentence', () => {
  const sentence = say`${'pack {1}'} is released for ${12} s more; ${say`nothing was sent`}.`;

  it('is English where nobody translates it', () => {
    assert.equal(String(sentence), 'pack {1} is released for 12 s more; nothing was sent.');
    assert.equal(new BmsError('closed', sentence).message, String(sentence));
  });

  it('is translated with the sentences in it, in the order of the other language, and leaves text alone', () => {
    assert.equal(sentence.render(german), 'Noch 12 s ist pack {1} freigegeben; nichts wurde gesendet.');
    assert.equal(verbatim('nothing was sent').render(german), 'nothing was sent');
  });

  it('may follow another one', () => {
    const both = sequenceOf([say`nothing was sent`, sentence, 'nothing was sent']);
    assert.equal(both.render(german), `nichts wurde gesendet ${sentence.render(german)} nothing was sent`);
  });
});
