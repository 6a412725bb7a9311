import covertable from 'covertable';

type Factors = Readonly<Record<string, readonly unknown[]>>;
type Combination<F extends Factors> = { readonly [Name in keyof F]: F[Name][number] };

/**
 * Values of several factors that are to be tested together: so few combinations that each pair of values of two factors is in one
 * of them. Hardly any mistake takes three to show, and all combinations take minutes; they are tested with `EXHAUSTIVE=1`.
 */
export function combinations<const F extends Factors>(factors: F): Combination<F>[] {
  const entries = Object.entries(factors);
  if (process.env.EXHAUSTIVE === '1') {
    const all = entries.reduce<object[]>(
      (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
      [{}],
    );
    return all as Combination<F>[];
  }
  // By index, since the library takes values that print alike for one.
  const indices = Object.fromEntries(entries.map(([name, values]) => [name, [...values.keys()]]));
  return covertable
    .make(indices)
    .map((row) => Object.fromEntries(entries.map(([name, values]) => [name, values[row[name]!]])) as Combination<F>);
}
