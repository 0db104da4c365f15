/** Decoder state without what counts only in the read in which it was told; see `Protocol.lasting`. */
export function without<M extends object>(memory: Readonly<M>, names: readonly (keyof M & string)[]): M {
  // An object from which keys are deleted is one that V8 reads slowly ever after.
  return Object.fromEntries(Object.entries(memory).filter(([name]) => !names.some((left) => left === name))) as M;
}
