import { EXAMPLE_OPTIONS, EXAMPLE_REQUEST } from './focal-loss-example.ts';

// The request and response that the documentation shows. A test sends the request and compares the response.

const { gamma: _, alpha: __, ...batch } = EXAMPLE_REQUEST;

export const EXAMPLE_SWEEP = { ...batch, gammas: [0, 2], alphas: [0.25, { balanced: true }] };

export const EXAMPLE_SWEEP_RESPONSE = {
  counts: { samples: 2, classes: 3, elements: 6, ignored: 0, positives: 2 },
  denominator: 6,
  cross_entropy: 0.1643940813076628,
  classes: [
    { class: 0, name: 'cat', positives: 1, negatives: 1, ignored: 0 },
    { class: 1, name: 'dog', positives: 1, negatives: 1, ignored: 0 },
    { class: 2, name: 'owl', positives: 0, negatives: 2, ignored: 0 },
  ],
  options: EXAMPLE_OPTIONS,
  grid: [
    {
      gamma: 0,
      alpha: 0.25,
      loss: 0.07178734722579067,
      positive_share: { loss: 0.35875551713137666, gradient_l1: 0.33056906366769306 },
      gradient_norm: 0.03331062033916269,
      effective_examples: 3.594777563646436,
      class_loss_shares: [0.13771880905000586, 0.717420205862833, 0.14486098508716114],
      class_gradient_shares: [0.15112716302952064, 0.6886370795387791, 0.1602357574317003],
    },
    {
      gamma: 0,
      alpha: { balanced: true },
      alpha_weights: [0.5, 0.5, 1],
      loss: 0.07526425009655,
      positive_share: { loss: 0.684364936724687, gradient_l1: 0.6607406390241878 },
      gradient_norm: 0.03897351717614676,
      effective_examples: 2.629181882848552,
      class_loss_shares: [0.16513737362101896, 0.8348626263789811, 0],
      class_gradient_shares: [0.18838339721518801, 0.8116166027848121, 0],
    },
    {
      gamma: 2,
      alpha: 0.25,
      loss: 0.00491113976668498,
      positive_share: { loss: 0.7098447181840053, gradient_l1: 0.6631244966179725 },
      gradient_norm: 0.007617469745660044,
      effective_examples: 1.884791937536299,
      class_loss_shares: [0.010955022021764252, 0.9823303676735021, 0.006714610304733693],
      class_gradient_shares: [0.01428570706495947, 0.9767440842291567, 0.008970208705883932],
    },
    {
      gamma: 2,
      alpha: { balanced: true },
      alpha_weights: [0.5, 0.5, 1],
      loss: 0.007900304416192756,
      positive_share: { loss: 0.8825347581542368, gradient_l1: 0.8584955349933684 },
      gradient_norm: 0.013819352151892006,
      effective_examples: 1.3667326723973614,
      class_loss_shares: [0.011892758661137613, 0.9881072413388624, 0],
      class_gradient_shares: [0.01605164854186697, 0.983948351458133, 0],
    },
  ],
  engine: { name: 'wasm', device: 'AMD EPYC (x64, SIMD)' },
  duration_ms: { queue: 0.16, decode: 0.11, compute: 0.09, encode: 0.06 },
};
