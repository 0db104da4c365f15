import type { ActionValue } from '../battery/action';
import { BmsError } from '../battery/errors';
import type { BooleanKey, NumberKey } from '../battery/reading';
import type { Decoded, Query, Script, Step, Target } from './protocol';

/** A query as a step: it only reads. */
export function queryStep(query: Query, target: Target): Step {
  const frames = query.frames?.(target);
  return {
    name: query.name,
    request: query.request(target),
    once: false,
    ...(frames !== undefined && { frames }),
    judge: (frame, parts) => query.judge(frame, parts, target),
  };
}

/** Reads what a query tells; what each further one tells is added. */
export function reading(...queries: readonly Query[]): (target: Target) => Script<Decoded> {
  return function* read(target) {
    const all: Decoded = { reading: {}, facts: target.facts };
    for (const query of queries) {
      const known = { ...target, facts: { ...all.facts } };
      const { reading: values, facts } = query.decode(yield queryStep(query, known), known);
      Object.assign(all.reading, values);
      all.facts = { ...all.facts, ...facts };
    }
    return all;
  };
}

/** Whether a board has said no, so that it has done nothing; any other failure leaves that open. */
export function isRefusal(thrown: unknown): thrown is BmsError {
  return thrown instanceof BmsError && ['rejected', 'unsupported', 'denied', 'bad_value'].includes(thrown.code);
}

/** The state of an action as a reading has it. */
export function stateOf(key: BooleanKey | NumberKey): (decoded: Decoded) => ActionValue | undefined {
  return ({ reading: values }) => values[key];
}
