import { evaluateRecords } from './evaluate-records';
import { evaluateGeneralPair } from './general-pair';
import { DETACHED, KernelParams } from '../kernel-params';
import { addRecords } from './labelled-sums';
import { Record, RECORD_SIZE, recordsOf } from './records';
import { ClassPair, PAIR_SIZE, pairAt } from '../sums';

/** Evaluates prepared elements; the parameters are those of `addRecords`. */
export function evaluateBlock(params: KernelParams, element: u32, rows: u32, firstPair: u32, count: u32): void {
  const pairStep: usize = params.lanesAreSamples ? 0 : PAIR_SIZE;
  if (!params.probabilities && !params.hessian && params.family <= DETACHED) {
    for (let row: u32 = 0; row < rows; row++) {
      const record = recordsOf(params, row);
      evaluateRecords(params, record, (count + 1) >> 1, pairAt(params, firstPair), pairStep);
    }
    addRecords(params, element, rows, firstPair, count);
    return;
  }
  for (let row: u32 = 0; row < rows; row++) {
    let record = recordsOf(params, row);
    let options = changetype<usize>(pairAt(params, firstPair));
    let at = usize(element + row * params.classes) << 2;
    for (let i: u32 = 0; i < count; i += 2, record += RECORD_SIZE, options += pairStep, at += 8) {
      evaluateGeneralPair(params, at, changetype<Record>(record), changetype<ClassPair>(options), i + 1 == count);
    }
  }
}
