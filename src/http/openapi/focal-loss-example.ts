// The request and response that the documentation shows. A test sends the request and compares the response.

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

/** The same batch with the options of the asymmetric loss, as its paper has them. */
export const ASYMMETRIC_EXAMPLE = {
  logits: EXAMPLE_REQUEST.logits,
  labels: EXAMPLE_REQUEST.labels,
  gamma: { positive: 1, negative: 4 },
  margin: 0.05,
  alpha: null,
  reduction: 'sum',
};

/** Boxes that are matched with a quality of 0.75 and of 0.5, and one without a match. */
export const VARIFOCAL_EXAMPLE = {
  logits: [...EXAMPLE_REQUEST.logits, [-2, -3, -1.5]],
  labels: [
    [0.75, 0, 0],
    [0, 0.5, 0],
    [0, 0, 0],
  ],
  soft_labels: 'varifocal',
  focusing: 'detached',
  normalizer: 2,
};

/** The options in force that a sweep has, too. */
export const EXAMPLE_OPTIONS = {
  activation: 'sigmoid',
  class_axis: -1,
  label_smoothing: 0,
  soft_labels: 'interpolated',
  margin: 0,
  poly_epsilon: 0,
  focusing: 'differentiated',
  ignore_index: -100,
  background_index: null,
  reduction: 'mean',
  normalizer: 'elements',
  epsilon: 1e-7,
  warnings: true,
  class_weights: null,
};

export const EXAMPLE_RESPONSE = {
  loss: 0.0049111397823901936,
  sum: 0.029466838694341163,
  denominator: 6,
  counts: { samples: 2, classes: 3, elements: 6, ignored: 0, positives: 2 },
  options: {
    ...EXAMPLE_OPTIONS,
    gamma: 2,
    alpha: 0.25,
    hessian_form: 'exact',
    outputs: ['loss', 'gradients', 'per_class'],
    gradients_dtype: 'F32',
  },
  gradients: [
    [-0.00011979697, 0.003399584, 2.1688163e-6],
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
        positive: 4.356648800105576e-5,
        negative: 1.0235156073620871e-5,
        total: 5.380164407467663e-5,
        share: 0.010955021941666667,
      },
      cross_entropy: {
        positive: 0.01751388581100953,
        negative: 0.0073439953309211835,
        total: 0.024857881141930716,
        share: 0.1512091002487628,
      },
      gradient_l1: {
        positive: 0.00011979696953418796,
        negative: 2.9600824348916403e-5,
        total: 0.00014939779388310436,
        share: 0.014285706967360331,
      },
      mean_pt: { positive: 0.9002495152968231, negative: 0.9568927411834864 },
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
        positive: 0.003442580145642299,
        negative: 0.0013817816028230527,
        total: 0.004824361748465351,
        share: 0.9823303677415168,
      },
      cross_entropy: {
        positive: 0.08550254177389444,
        negative: 0.04016807740072331,
        total: 0.12567061917461775,
        share: 0.7644473454756786,
      },
      gradient_l1: {
        positive: 0.006815060160461756,
        negative: 0.0033995838692258942,
        total: 0.01021464402968765,
        share: 0.9767440843081765,
      },
      mean_pt: { positive: 0.598687661185698, negative: 0.7858349747410419 },
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
      loss: { positive: 0, negative: 3.29763898501655e-5, total: 3.29763898501655e-5, share: 0.006714610316816575 },
      cross_entropy: {
        positive: 0,
        negative: 0.013865581131165887,
        total: 0.013865581131165887,
        share: 0.08434355427555855,
      },
      gradient_l1: {
        positive: 0,
        negative: 9.380910564438013e-5,
        total: 9.380910564438013e-5,
        share: 0.0089702087244631,
      },
      mean_pt: { positive: null, negative: 0.9595202183509712 },
      true_positives: 0,
      false_positives: 0,
      false_negatives: 0,
    },
  ],
  engine: { name: 'wasm', device: 'AMD EPYC (x64, SIMD)' },
  duration_ms: { queue: 0.16, decode: 0.11, compute: 0.09, encode: 0.06 },
};
