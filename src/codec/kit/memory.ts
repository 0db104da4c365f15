/** Decoder state without what counts only in the read in which it was told; see `Protocol.lasting`. */
export function without<M extends object>(memory: Readonly<M>, names: readonly (keyof M & string)[]): M {
  const rest = { ...memory };
  for (const name of names) delete rest[name];
  return rest;
}
