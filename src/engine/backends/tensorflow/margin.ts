import type { Float64, Float64Tensor, Mask } from './float64.ts';
import type { LogProbabilities } from './log-probabilities.ts';

/** The margin m, and where p − m is nearly 0. */
export interface Margin {
  readonly m: number;
  /** Logits, from which p − m has more digits there; absent if the predictions are probabilities. */
  readonly logits?: Float64Tensor;
}

/** The complementary event of shifted predictions. */
export interface Shifted {
  readonly shifted: LogProbabilities;
  /** Where p > m. Elsewhere the loss is constant, and `shifted` is that of some number. */
  readonly counts: Mask;
}

/** p_m = p − m and 1 − p_m = q + m in the place of p and q, as in loss/log-probabilities.ts. */
export function complementWithMargin(
  f: Float64,
  { p, q, dLogP, d2LogP }: LogProbabilities,
  { m, logits }: Margin,
): Shifted {
  const above = f.scope(() => aboveMargin(f, p, q, m, logits));
  const counts = f.less(0, above);
  const u = f.select(counts, above, 0.5);
  const v = f.scope(() => f.select(counts, f.add(q, m), 0.5));
  const dp = f.mul(p, dLogP);
  const dLogU = f.div(dp, u);
  const dLogV = f.neg(f.div(dp, v));
  const isSmall = f.less(u, 0.5);
  const first = {
    p: v,
    q: u,
    logP: f.select(isSmall, f.log1p(f.neg(u)), f.log(v)),
    logQ: f.select(isSmall, f.log(u), f.log1p(f.neg(v))),
    dLogP: dLogV,
    dLogQ: dLogU,
  };
  if (!d2LogP) return { shifted: first, counts };
  const d2p = f.scope(() => f.mul(p, f.add(f.square(dLogP), d2LogP)));
  const second = {
    d2LogP: f.scope(() => f.neg(f.add(f.div(d2p, v), f.square(dLogV)))),
    d2LogQ: f.scope(() => f.sub(f.div(d2p, u), f.square(dLogU))),
  };
  return { shifted: { ...first, ...second }, counts };
}

/** p − m. Of logits near the margin it is m q (e^d − 1), d = x − log(m / (1 − m)). */
function aboveMargin(f: Float64, p: Float64Tensor, q: Float64Tensor, m: number, logits?: Float64Tensor): Float64Tensor {
  const difference = f.sub(p, m);
  if (!logits) return difference;
  const d = f.sub(logits, Math.log(m) - Math.log1p(-m));
  return f.select(f.less(f.abs(d), 1), f.mul(f.mul(m, q), f.expm1(d)), difference);
}
