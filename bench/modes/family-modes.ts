import { unlessToy } from '../harness/toy.ts';
import { DETECTION, type Labels, type Mode, mode, SOFTMAX } from './modes.ts';

/** A member of the family of focal loss, and the plain loss that it is compared with. */
export interface FamilyMode extends Mode {
  /** The options of the same batch under plain focal loss. */
  readonly plain: Mode['options'];
  /** Whether the member alone has a weight for each element. */
  readonly elementWeights: boolean;
}

const HARD: readonly Labels[] = ['indices', 'one-hot', 'half positive'];
const ASYMMETRIC = { positive: 1, negative: 4 };
const WITH_HESSIAN = { outputs: ['loss', 'gradients', 'per_class', 'hessian'] };
const POLY = { poly_epsilon: 1 };
const DETACHED = { focusing: 'detached' };
const SEGMENTATION = [2, 19, ...unlessToy([256, 206], [9, 7])];

function members(
  name: string,
  labels: readonly Labels[],
  options: object,
  { plain = {}, shape = DETECTION, elementWeights = false }: Partial<FamilyMode> = {},
): FamilyMode[] {
  return labels.map((each) => ({
    ...mode(`${name}, ${each}`, shape, each, { ...plain, ...options }),
    plain,
    elementWeights,
  }));
}

/** The plain loss has the default γ of 2, unless the member has one γ of its own. */
export const FAMILY_MODES: readonly FamilyMode[] = [
  ...members('gamma 1 and 4', HARD, { gamma: ASYMMETRIC }),
  ...members('gamma 0 and 3', HARD, { gamma: { positive: 0, negative: 3 } }),
  ...members('margin 0.05, gamma 1 and 4', HARD, { gamma: ASYMMETRIC, margin: 0.05 }),
  ...members('poly_epsilon 1', HARD, POLY),
  ...members('poly_epsilon 1, gamma 1.7', HARD, POLY, { plain: { gamma: 1.7 } }),
  ...members('focusing detached', [...HARD, 'soft'], DETACHED),
  ...members('focusing detached, gamma 1.5', HARD, DETACHED, { plain: { gamma: 1.5 } }),
  ...members('hessian_form detached, Hessian', HARD, { hessian_form: 'detached' }, { plain: WITH_HESSIAN }),
  ...members('varifocal', ['indices', 'one-hot', 'few soft', 'soft', 'tiny soft'], { soft_labels: 'varifocal' }),
  ...members(
    'matchability, gamma 1.5',
    ['few soft', 'soft'],
    { soft_labels: 'matchability' },
    { plain: { gamma: 1.5 } },
  ),
  ...members('element_weights', ['indices', 'one-hot', 'soft'], {}, { elementWeights: true }),
  ...members('softmax, poly_epsilon 1', ['indices', 'soft'], POLY, { plain: SOFTMAX }),
  ...members('softmax, poly_epsilon 1, smoothing', ['indices'], POLY, { plain: { ...SOFTMAX, label_smoothing: 0.1 } }),
  ...members('softmax, poly_epsilon 1, gamma 1.5', ['soft'], POLY, { plain: { ...SOFTMAX, gamma: 1.5 } }),
  ...members('softmax, focusing detached', ['indices', 'soft'], DETACHED, { plain: SOFTMAX }),
  ...members(
    'softmax, hessian_form detached, Hessian',
    ['indices'],
    { hessian_form: 'detached' },
    { plain: { ...SOFTMAX, ...WITH_HESSIAN } },
  ),
  ...members('segmentation [2, 19, 256, 206], poly_epsilon 1', ['indices'], POLY, {
    shape: SEGMENTATION,
    plain: { ...SOFTMAX, class_axis: 1 },
  }),
];
