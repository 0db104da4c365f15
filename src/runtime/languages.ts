import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeAPI } from 'node-red';
import type { ActiveAlarm } from '../battery/active-alarms';
import { alarmSentence, type Alarm } from '../battery/alarm';
import { BmsError, toBmsError } from '../battery/errors';
import { verbatim } from '../battery/sentence';
import { printableSentence } from '../battery/quoted';
import { ruleSentence } from '../battery/rule';
import type { Sentence } from '../battery/sentence';
import { SettingLabels, type SettingsCatalogue } from './setting-labels';

/** The catalogues, beside the nodes: a folder for each language. */
const LOCALES = join(__dirname, '..', '..', 'nodes', 'locales');

/**
 * A language in which sentences leave the package: inside, errors and alarms are English; they are translated where they go
 * to a flow, a log or a dialog. Codes, names and figures stay as they are.
 */
export class Language {
  private labels: SettingLabels | undefined;

  /**
   * @param folder of its catalogues
   * @param translations by template, see `Sentence`; undefined for English
   */
  constructor(
    private readonly folder: string,
    private readonly translations: ReadonlyMap<string, string> | undefined,
  ) {}

  /** What settings are called. Where the catalogue is damaged, they are called by their keys. */
  get settings(): SettingLabels {
    return (this.labels ??= new SettingLabels(settingsCatalogue(this.folder)));
  }

  text(sentence: Sentence): string {
    const { translations } = this;
    return printableSentence(
      translations === undefined
        ? String(sentence)
        : sentence.render((template) => translations.get(template) ?? template),
    );
  }

  /** The same error, with its message and that of its cause in this language. */
  error(error: BmsError): BmsError {
    if (this.translations === undefined) return error;
    const { code, message, sentence, cause, word, stack } = error;
    const translated = new BmsError(
      code,
      verbatim(this.text(sentence)),
      cause instanceof BmsError ? this.error(cause) : cause,
      word,
    );
    if (stack !== undefined) translated.stack = stack.replace(message, () => translated.message);
    return translated;
  }

  /** Alarms of a device or of rules, with their messages in this language. */
  alarms<A extends Alarm | ActiveAlarm>(alarms: readonly A[]): A[] {
    return alarms.map((alarm) => this.alarm(alarm));
  }

  alarm<A extends Alarm | ActiveAlarm>(alarm: A): A {
    if (this.translations === undefined) return alarm;
    const sentence = 'source' in alarm && alarm.source === 'rule' ? ruleSentence(alarm) : alarmSentence(alarm);
    return { ...alarm, message: this.text(sentence) };
  }
}

const ENGLISH = new Language('en-US', undefined);

/** Those that were asked for, by folder. */
const languages = new Map<string, Language>();

/** The language of the server, in which Node-RED writes its log: each catalogue names its own. */
export function serverLanguage(RED: Pick<NodeAPI, '_'>): Language {
  return languageOf(RED._('@openbms/node-red-bms/bms-connection:bms-connection.language')) ?? ENGLISH;
}

/**
 * The language of an editor that asks for something.
 * @param accepted header `Accept-Language`; the first of its languages that there is counts
 */
export function editorLanguage(RED: Pick<NodeAPI, '_'>, accepted: string | undefined): Language {
  for (const entry of accepted?.split(',') ?? []) {
    const [tag = ''] = entry.trim().split(';');
    const language = languageOf(tag);
    if (language !== undefined) return language;
  }
  return serverLanguage(RED);
}

/** Languages that there are, by their folders in lower case. */
let folders: ReadonlyMap<string, string> | undefined;

/** @param tag `de`, or with a region, `de-AT` @returns undefined when there is no such language */
function languageOf(tag: string): Language | undefined {
  if (/^en\b/i.test(tag)) return ENGLISH;
  folders ??= new Map(readdirSync(LOCALES).map((name) => [name.toLowerCase(), name]));
  const wanted = tag.toLowerCase();
  const folder = folders.get(wanted) ?? folders.get(wanted.split('-')[0] ?? '');
  if (folder === undefined) return undefined;
  const language = languages.get(folder) ?? new Language(folder, translationsIn(folder));
  languages.set(folder, language);
  return language;
}

/** The translations of a language by template. Where the catalogues are damaged, sentences stay English. */
function translationsIn(language: string): ReadonlyMap<string, string> {
  try {
    return new Map([
      ...Object.entries(catalogue(language, 'sentences') as Record<string, string>),
      ...quantityNames(language),
    ]);
  } catch (thrown) {
    toBmsError(thrown);
    return new Map();
  }
}

/** The names of values, which alarms of rules mention: the dialog of the rules has them already. */
function quantityNames(language: string): [string, string][] {
  const [english, other] = ['en-US', language].map((name) => {
    const texts = catalogue(name, 'bms-alarm') as { 'bms-alarm': { quantity: Record<string, string> } };
    return texts['bms-alarm'].quantity;
  });
  return Object.entries(english ?? {}).map(([key, name]) => [name, other?.[key] ?? name]);
}

function settingsCatalogue(language: string): Partial<SettingsCatalogue> {
  try {
    return catalogue(language, 'settings') as SettingsCatalogue;
  } catch (thrown) {
    toBmsError(thrown);
    return {};
  }
}

function catalogue(language: string, name: string): unknown {
  return JSON.parse(readFileSync(join(LOCALES, language, `${name}.json`), 'utf8'));
}
