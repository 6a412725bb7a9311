import type { ClassSums } from '../class-sums.ts';

/** The sums of an evaluation, and the total loss: to add up those of 250 000 classes again would take a millisecond. */
export interface SummedLoss {
  readonly sums: ClassSums;
  readonly loss: number;
}
