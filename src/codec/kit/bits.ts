/** The numbers, from `first` on, of the set bits of a word, lowest bit first. */
export function bitsToNumbers(word: number, first = 1): number[] {
  const numbers: number[] = [];
  for (let rest = word >>> 0, n = first; rest !== 0; rest >>>= 1, n++) if (rest & 1) numbers.push(n);
  return numbers;
}

/** The word whose set bits stand for the numbers from `first` on; others are left out. */
export function numbersToBits(numbers: readonly number[], first = 1, width = 32): number {
  let word = 0;
  for (const n of numbers) if (n >= first && n < first + width) word |= 1 << (n - first);
  return word >>> 0;
}
