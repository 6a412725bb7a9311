/** The index, the label and the class options of an element. */
export const ELEMENTS = /* wgsl */ `
// gamma is that of positives, or of both sides; positive and negative are the weights of the sides.
struct ClassOptions {
  gamma: ExtendedFloat,
  negativeGamma: ExtendedFloat,
  positive: ExtendedFloat,
  negative: ExtendedFloat,
  weight: ExtendedFloat,
}

// As in loss/batch.ts.
const IGNORED_DENSE = 0xbf800000u;
const IGNORED_INDEX = 0xffffffffu;

// The index of a sample's class 0; the next class is params.inner further.
fn firstElement(sample: u32) -> u32 {
  let outer = sample / params.inner;
  return outer * params.classes * params.inner + (sample - outer * params.inner);
}

struct Label { ignored: bool, positive: bool, y: ExtendedFloat, notY: ExtendedFloat }

// y and notY, which is 1 − y, are smoothed, each apart: a difference would have few digits if y is nearly 1. positive refers to the
// label before smoothing.
fn labelAt(sample: u32, element: u32, class_: u32) -> Label {
  var label = Label(true, false, ZERO, ONE);
  if (IS_DENSE) {
    let bits = labels[element];
    label.ignored = bits == IGNORED_DENSE;
    if (label.ignored) { return label; }
    label.positive = (bits & 0x7fffffffu) >= 0x3f000000u;
    label.y = fromFloat32(bits);
  } else {
    let index = labels[sample];
    label.ignored = index == IGNORED_INDEX;
    if (label.ignored) { return label; }
    label.positive = index == class_;
    if (label.positive) { label.y = ONE; }
  }
  label.notY = sub(ONE, label.y);
  if (IS_SMOOTHED) {
    label.y = add(mul(label.y, params.keptLabel), params.addedLabel);
    label.notY = add(mul(label.notY, params.keptLabel), params.addedLabel);
  }
  return label;
}

fn predictionAt(element: u32) -> ExtendedFloat { return fromFloat32(predictions[element]); }

// An integer for each float32, in the same order; −0 equals 0.
fn orderOf(bits: u32) -> u32 {
  if (bits == 0x80000000u) { return bits; }
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0);
}
`;
