import { pseudorandom } from './batches.ts';

const LEVELS = [0, 1e-3, -7.77, 60.3, -261.3, 330];

/** Logits of many samples, and their true classes. */
export interface Rows {
  readonly logits: Float32Array;
  readonly labels: number[];
}

/** The true class is the largest, the smallest, tied with all others, or one of many; the others are tied or not. */
export function hostileRows(classes: number, gap: number): Rows {
  const random = pseudorandom(classes);
  const next = () => random.next().value;
  const rows = LEVELS.flatMap((level) =>
    [0, 1, 2, 3, 4, 5].map((kind) => {
      const label = Math.floor(next() * classes);
      const top = kind % 3 === 0 ? label : Math.floor(next() * classes);
      const noise = kind < 3 ? 0 : Math.min(gap, 2);
      const row = Array.from({ length: classes }, (_, c) => level + noise * (next() - 0.5) + (c === top ? gap : 0));
      if (kind === 1) row[label] = level - gap;
      return { row, label };
    }),
  );
  return { logits: Float32Array.from(rows.flatMap(({ row }) => row)), labels: rows.map(({ label }) => label) };
}
