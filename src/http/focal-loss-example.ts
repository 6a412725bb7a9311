// What the documentation shows as request and answer. A test sends the one and compares the other.

export const EXAMPLE_REQUEST = {
  logits: [
    [2.2, -1.3, -4],
    [-3.1, 0.4, -2.7],
  ],
  labels: [
    [1, 0, 0],
    [0, 1, 0],
  ],
  gamma: 2,
  alpha: 0.25,
  class_names: ['cat', 'dog', 'owl'],
};

export const EXAMPLE_RESPONSE = {
  loss: 0.004911139766401123,
  sum: 0.029466838598406743,
  denominator: 6,
  counts: { samples: 2, classes: 3, elements: 6, ignored: 0, positives: 2 },
  gradients: [
    [-0.00011979697, 0.0033995837, 2.1688163e-6],
    [2.9600824e-5, -0.00681506, 9.1640286e-5],
  ],
  per_class: [
    {
      class: 0,
      name: 'cat',
      positives: 1,
      negatives: 1,
      ignored: 0,
      loss: {
        positive: 4.3566488179136854e-5,
        negative: 1.023515611622979e-5,
        total: 5.380164429536665e-5,
        share: 0.010955022022269265,
      },
      cross_entropy: {
        positive: 0.01751388583537034,
        negative: 0.007343995341600372,
        total: 0.024857881176970714,
        share: 0.15120910059677342,
      },
      gradient_l1: {
        positive: 0.00011979697001038467,
        negative: 2.9600824469950974e-5,
        total: 0.00014939779448033564,
        share: 0.014285707065343977,
      },
      mean_pt: { positive: 0.9002495151623282, negative: 0.9568927411251007 },
      true_positives: 1,
      false_positives: 0,
      false_negatives: 0,
    },
    {
      class: 1,
      name: 'dog',
      positives: 1,
      negatives: 1,
      ignored: 0,
      loss: {
        positive: 0.0034425801352221835,
        negative: 0.0013817815971968834,
        total: 0.0048243617324190665,
        share: 0.9823303676723402,
      },
      cross_entropy: {
        positive: 0.08550254166799078,
        negative: 0.040168077340862696,
        total: 0.12567061900885346,
        share: 0.7644473451491588,
      },
      gradient_l1: {
        positive: 0.00681506014323194,
        negative: 0.0033995838563928155,
        total: 0.010214643999624755,
        share: 0.9767440842282304,
      },
      mean_pt: { positive: 0.5986876615445176, negative: 0.7858349750174672 },
      true_positives: 1,
      false_positives: 0,
      false_negatives: 0,
    },
    {
      class: 2,
      name: 'owl',
      positives: 0,
      negatives: 2,
      ignored: 0,
      loss: { positive: 0, negative: 3.297638968669012e-5, total: 3.297638968669012e-5, share: 0.006714610305390509 },
      cross_entropy: {
        positive: 0,
        negative: 0.013865581115266125,
        total: 0.013865581115266125,
        share: 0.08434355425406768,
      },
      gradient_l1: {
        positive: 0,
        negative: 9.380910518733436e-5,
        total: 9.380910518733436e-5,
        share: 0.008970208706425663,
      },
      mean_pt: { positive: null, negative: 0.9595202183973095 },
      true_positives: 0,
      false_positives: 0,
      false_negatives: 0,
    },
  ],
  engine: { name: 'wasm', device: 'AMD EPYC (x64, SIMD)' },
  duration_ms: { queue: 0.16, decode: 0.11, compute: 0.34, encode: 0.08 },
};
