import type { NodeAPI } from 'node-red';
import { BmsError, toBmsError, type ErrorCode } from '../../battery/errors';
import { say } from '../../battery/sentence';
import { editorLanguage, type Language } from '../languages';
import type { Config } from '../settings/properties';

const ROOT = '/@openbms/node-red-bms';

/** What a dialog asks with. */
export interface DialogRequest {
  /** A parameter of the query, trimmed; '' when missing. */
  text(name: string): string;
  /** What was sent along as JSON; empty when nothing, or no object. */
  body: Config;
  /** Whether the dialog has stopped waiting: it was closed, or its browser is gone. */
  isGone(): boolean;
  /** Calls `action` when the dialog stops waiting, at once if it has already. */
  whenGone(action: () => void): void;
}

/** @param language of the editor, for sentences in the answer */
type Answer = (request: DialogRequest, language: Language) => Promise<unknown>;

/** What went wrong in terms of HTTP; everything else is 500. */
const STATUS: Partial<Record<ErrorCode, number>> = { bad_value: 400, not_found: 404, port_busy: 409 };

/**
 * Offers data to the edit dialogs at `GET <admin root>/@openbms/node-red-bms/<name>`, for users who may read flows.
 * A failure answers 4xx or 5xx with `{ error, code }`.
 * @param permission such as `bms-device.read`
 */
export function serveDialogs(RED: NodeAPI, name: string, permission: string, answer: Answer): void {
  RED.httpAdmin.get(`${ROOT}/${name}`, RED.auth.needsPermission(permission), answering(RED, answer));
}

/**
 * The same with POST, for slow operations with side effects; needs permission to deploy.
 * Takes JSON only.
 * @param permission such as `bms-device.write`
 */
export function serveDialogAction(RED: NodeAPI, name: string, permission: string, answer: Answer): void {
  RED.httpAdmin.post(`${ROOT}/${name}`, RED.auth.needsPermission(permission), (request, response, next) => {
    if (isForeign(request)) {
      const error = languageOf(RED, request).text(say`Send JSON, with the content type application/json.`);
      response.status(415).json({ error, code: 'bad_value' });
    } else answering(RED, answer)(request, response, next);
  });
}

/** A handler as Express has it. */
type Handler = ReturnType<NodeAPI['auth']['needsPermission']>;

/**
 * Whether a page of another site may have sent it: a browser lets any page send a form, or nothing at all, and asks for
 * permission before it sends JSON.
 */
function isForeign({ headers }: Parameters<Handler>[0]): boolean {
  const { 'content-type': type, 'content-length': length = '0', 'sec-fetch-site': site = '' } = headers;
  if (type !== undefined) return !/^application\/json\s*(;|$)/i.test(type);
  return length !== '0' || ['cross-site', 'same-site'].includes(site);
}

/** What a sentence may repeat of what it was asked with; the rest is cut. */
const LONGEST_SENTENCE = 500;

function cut(sentence: string): string {
  return sentence.length > LONGEST_SENTENCE ? `${sentence.slice(0, LONGEST_SENTENCE)}...` : sentence;
}

/** In which language the editor wants to be answered. */
function languageOf(RED: NodeAPI, { headers }: Parameters<Handler>[0]): Language {
  return editorLanguage(RED, headers['accept-language']);
}

function answering(RED: NodeAPI, answer: Answer): Handler {
  return (request, response) => {
    let gone = false;
    const actions: (() => void)[] = [];
    response.on('close', () => {
      gone = true;
      for (const action of actions.splice(0)) action();
    });
    const whenGone = (action: () => void): void => {
      if (gone) action();
      else actions.push(action);
    };
    const text = (name: string): string => {
      const value = request.query[name];
      return typeof value === 'string' ? value.trim() : '';
    };
    const language = languageOf(RED, request);
    answer({ text, body: bodyOf(request.body), isGone: () => gone, whenGone }, language).then(
      (result) => void response.json(result),
      (thrown: unknown) => {
        const { sentence, code } = toBmsError(thrown);
        const status = thrown instanceof BmsError ? STATUS[code] : undefined;
        response.status(status ?? 500).json({ error: cut(language.text(sentence)), code });
      },
    );
  };
}

function bodyOf(body: unknown): Config {
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Config) : {};
}
