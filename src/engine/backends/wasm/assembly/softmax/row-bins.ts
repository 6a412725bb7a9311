import { addGradientsToBin, addToBin, NEGATIVE, POSITIVE, slotOf } from '../bins';
import { CLASS_WEIGHT, optionOf } from '../class-options';
import { KernelParams } from '../kernel-params';

/**
 * Adds a sample that `evaluateRow` evaluates to the bins. Its exponentials, relative to that of the largest class a, are in
 * `params.scratch`, precise ones.
 *
 * @param t the true class, and @param p its probability
 * @param inverse the probability of the largest class, and @param q 1 minus that
 * @param crossEntropy without the class weight
 */
export function addRowToBins(
  params: KernelParams,
  t: u32,
  p: f64,
  a: u32,
  inverse: f64,
  q: f64,
  loss: f64,
  crossEntropy: f64,
  trueGradient: f64,
  slope: f64,
): void {
  const ofTrue = slotOf(p, POSITIVE);
  addToBin(params.bins, ofTrue, 1, crossEntropy * optionOf(params, CLASS_WEIGHT, t), loss);
  addGradientsToBin(params.bins, ofTrue, trueGradient);
  for (let c: u32 = 0; c < params.classes; c++) {
    if (c == t) continue;
    const pOfClass = c == a ? inverse : inverse * load<f64>(params.scratch + (usize(c) << 3));
    const slot = slotOf(c == a ? q : 1 - pOfClass, NEGATIVE);
    addToBin(params.bins, slot, 1, 0, 0);
    addGradientsToBin(params.bins, slot, slope * pOfClass);
  }
}
