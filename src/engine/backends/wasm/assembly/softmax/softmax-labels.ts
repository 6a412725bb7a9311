import { loadFour } from '../math/float32-lanes';
import { IGNORED, KernelParams } from '../kernel-params';

/** Instead of the true class of a sample whose labels are not one-hot. */
export const SOFT: i32 = -3;

/** The true class of a sample, IGNORED or SOFT. */
export function trueClassOf(params: KernelParams, element: u32, sample: u32): i32 {
  return params.dense ? trueClass(params, element) : load<i32>(params.labels + (usize(sample) << 2));
}

/**
 * The true classes of four consecutive samples, IGNORED or SOFT, as int32.
 *
 * @param gather as in `loadFour`
 */
@inline
export function trueClassesOf(params: KernelParams, element: u32, sample: u32, gather: bool): v128 {
  if (!params.dense) return v128.load(params.labels + (usize(sample) << 2));
  let at = params.labels + (usize(element) << 2);
  let classes = i32x4.splat(0);
  let c = i32x4.splat(0);
  let positives = i32x4.splat(0);
  let ignored = i32x4.splat(0);
  let negatives = i32x4.splat(0);
  for (let i: u32 = 0; i < params.classes; i++, at += usize(params.inner) << 2) {
    const y = loadFour(at, gather, usize(params.classes) << 2);
    const isPositive = f32x4.eq(y, f32x4.splat(1));
    classes = v128.or(classes, v128.and(isPositive, c));
    c = i32x4.add(c, i32x4.splat(1));
    positives = i32x4.sub(positives, isPositive);
    ignored = i32x4.sub(ignored, f32x4.eq(y, f32x4.splat(f32(IGNORED))));
    negatives = i32x4.sub(negatives, f32x4.eq(y, f32x4.splat(0)));
  }
  const isOneHot = v128.and(
    i32x4.eq(positives, i32x4.splat(1)),
    i32x4.eq(negatives, i32x4.splat(params.classes - 1)),
  );
  const unless = v128.bitselect(
    i32x4.splat(IGNORED),
    i32x4.splat(SOFT),
    i32x4.eq(ignored, i32x4.splat(params.classes)),
  );
  return v128.bitselect(classes, unless, isOneHot);
}

function trueClass(params: KernelParams, element: u32): i32 {
  const classes = params.classes;
  const step = usize(params.inner) << 2;
  let found: i32 = IGNORED;
  let ignored: u32 = 0;
  let at = params.labels + (usize(element) << 2);
  for (let c: u32 = 0; c < classes; c++, at += step) {
    if (step == 4) {
      // Most vectors are 0.
      while (c + 4 <= classes && !v128.any_true(f32x4.ne(v128.load(at), f32x4.splat(0)))) {
        c += 4;
        at += 16;
      }
      if (c == classes) break;
    }
    const y = load<f32>(at);
    if (y == 0) continue;
    if (y == f32(IGNORED)) ignored += 1;
    else if (y == 1 && found == IGNORED) found = c;
    else return SOFT;
  }
  if (ignored == classes) return IGNORED;
  return ignored == 0 && found != IGNORED ? found : SOFT;
}
