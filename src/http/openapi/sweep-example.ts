import { EXAMPLE_REQUEST } from './focal-loss-example.ts';

// The request and response that the documentation shows. A test sends the request and compares the response.

const { gamma: _, alpha: __, ...batch } = EXAMPLE_REQUEST;

export const EXAMPLE_SWEEP = { ...batch, gammas: [0, 2], alphas: [0.25, { balanced: true }] };

export const EXAMPLE_SWEEP_RESPONSE = {
  counts: { samples: 2, classes: 3, elements: 6, ignored: 0, positives: 2 },
  denominator: 6,
  cross_entropy: 0.16439408144771434,
  classes: [
    { class: 0, name: 'cat', positives: 1, negatives: 1, ignored: 0 },
    { class: 1, name: 'dog', positives: 1, negatives: 1, ignored: 0 },
    { class: 2, name: 'owl', positives: 0, negatives: 2, ignored: 0 },
  ],
  grid: [
    {
      gamma: 0,
      alpha: 0.25,
      loss: 0.07178734729333378,
      positive_share: { loss: 0.35875551705498854, gradient_l1: 0.3305690635634746 },
      gradient_norm: 0.033310620375602604,
      effective_examples: 3.5947775612668713,
      class_loss_shares: [0.13771880872747244, 0.7174202061482021, 0.14486098512432555],
      class_gradient_shares: [0.15112716270992732, 0.6886370797972006, 0.16023575749287197],
    },
    {
      gamma: 0,
      alpha: { balanced: true },
      alpha_weights: [0.5, 0.5, 1],
      loss: 0.07526425015827423,
      positive_share: { loss: 0.6843649366616241, gradient_l1: 0.6607406389345657 },
      gradient_norm: 0.03897351720951462,
      effective_examples: 2.629181881413907,
      class_loss_shares: [0.16513737325261818, 0.8348626267473819, 0],
      class_gradient_shares: [0.18838339685094976, 0.8116166031490503, 0],
    },
    {
      gamma: 2,
      alpha: 0.25,
      loss: 0.0049111397823901936,
      positive_share: { loss: 0.7098447179499111, gradient_l1: 0.6631244963171804 },
      gradient_norm: 0.007617469766510628,
      effective_examples: 1.8847919378759366,
      class_loss_shares: [0.010955021941666667, 0.9823303677415168, 0.006714610316816575],
      class_gradient_shares: [0.014285706967360331, 0.9767440843081765, 0.0089702087244631],
    },
    {
      gamma: 2,
      alpha: { balanced: true },
      alpha_weights: [0.5, 0.5, 1],
      loss: 0.00790030443988449,
      positive_share: { loss: 0.8825347580388497, gradient_l1: 0.858495534833712 },
      gradient_norm: 0.013819352186687034,
      effective_examples: 1.3667326725117068,
      class_loss_shares: [0.011892758576516217, 0.9881072414234838, 0],
      class_gradient_shares: [0.01605164843659242, 0.9839483515634077, 0],
    },
  ],
  engine: { name: 'wasm', device: 'AMD EPYC (x64, SIMD)' },
  duration_ms: { queue: 0.16, decode: 0.11, compute: 0.09, encode: 0.06 },
};
