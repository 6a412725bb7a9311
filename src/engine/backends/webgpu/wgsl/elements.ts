/** Where an element lies, its label, and the options of its class. */
export const ELEMENTS = /* wgsl */ `
struct ClassOptions { gamma: Num, positive: Num, negative: Num, weight: Num }

// As in loss/batch.ts.
const IGNORED_DENSE = 0xbf800000u;
const IGNORED_INDEX = 0xffffffffu;

// Of class 0; the next class is job.inner further.
fn firstElement(sample: u32) -> u32 {
  let outer = sample / job.inner;
  return outer * job.classes * job.inner + (sample - outer * job.inner);
}

struct Label { ignored: bool, positive: bool, y: Num }

// y is smoothed; whether the label is positive is as it was sent.
fn labelAt(sample: u32, element: u32, class_: u32) -> Label {
  var label = Label(true, false, ZERO);
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
  if (IS_SMOOTHED) { label.y = add(mul(label.y, job.keptLabel), job.addedLabel); }
  return label;
}

fn predictionAt(element: u32) -> Num { return fromFloat32(predictions[element]); }

// A whole number for each float32, in the same order; −0 is 0.
fn orderOf(bits: u32) -> u32 {
  if (bits == 0x80000000u) { return bits; }
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0);
}
`;
