import type { ActionValue } from '../../battery/action';
import type { BooleanKey, NumberKey, Reading } from '../../battery/reading';
import type { Decoded, Query, Script, Step, Target } from '../protocol';

/** A query as a step: it only reads. */
export function queryStep<M extends object>(query: Query<M>, target: Target<M>): Step {
  const frames = query.frames?.(target);
  return {
    name: query.name,
    request: query.request(target),
    isWrite: false,
    ...(frames !== undefined && { frames }),
    match: (frame, parts) => query.match(frame, parts, target),
  };
}

/** Reads queries one after the other; their values and what they remember are put together. */
export function reading<M extends object>(...queries: readonly Query<M>[]): (target: Target<M>) => Script<Decoded<M>> {
  return function* read(target) {
    const values: Reading = {};
    let { memory } = target;
    for (const query of queries) {
      const known = { ...target, memory };
      const decoded = query.decode(yield queryStep(query, known), known);
      Object.assign(values, decoded.reading);
      memory = { ...memory, ...decoded.memory };
    }
    return { reading: values, memory };
  };
}

/** The state of an action as a reading has it. */
export function stateOf(key: BooleanKey | NumberKey): (decoded: Decoded) => ActionValue | undefined {
  return ({ reading: values }) => values[key];
}
