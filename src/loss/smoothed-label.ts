/** A sigmoid label y in [0, 1], and 1 − y with as many digits: as a difference, it has few if y is nearly 1. */
export interface SmoothedLabel {
  readonly y: number;
  readonly notY: number;
}

/** @param label before smoothing, as float32: of ½ and more, 1 − label is exact */
export function smoothedLabel(label: number, labelSmoothing = 0): SmoothedLabel {
  const kept = 1 - labelSmoothing;
  const added = labelSmoothing / 2;
  return { y: label * kept + added, notY: (1 - label) * kept + added };
}
