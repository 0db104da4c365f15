import assert from 'node:assert/strict';
import { hasWords, sentencesIn, sentencesOfSource } from '../support/sentences';

const LANGUAGES = ['de', 'zh-CN'];

const placesIn = (text: string): string[] => (text.match(/\{\d+\}/g) ?? []).sort();

describe('sentences for users', () => {
  const said = sentencesOfSource();
  const templates = new Map(
    said.filter(({ template }) => hasWords(template)).map((each) => [each.template, each.place]),
  );

  for (const language of LANGUAGES) {
    it(`are all translated into ${language}, with the same places, and none besides`, () => {
      const translations = sentencesIn(language);
      const problems = [...templates].flatMap(([template, place]) => {
        const translation = translations[template];
        if (translation === undefined) return [`${place}: not translated: ${template}`];
        const isSame = placesIn(translation).join() === placesIn(template).join();
        return isSame ? [] : [`${place}: the translation has other places: ${translation}`];
      });
      const unused = Object.keys(translations).filter((template) => !templates.has(template));
      assert.deepEqual([...problems, ...unused.map((template) => `not said anywhere: ${template}`)], []);
    });
  }

  it('say that nothing was sent by an error that means it', () => {
    const saying = said.filter(({ template }) => /nothing was sent/i.test(template));
    assert.ok(saying.length > 20);
    assert.deepEqual(
      saying.filter(({ error }) => error !== 'NotSentError'),
      [],
    );
  });
});
