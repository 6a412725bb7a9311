import type { BatchTensors } from '../../../src/loss/prepare-batch.ts';

/** Options of a member of the family of focal loss that the float32 kernels serve. */
export interface FamilyMember {
  readonly name: string;
  readonly gamma: BatchTensors['gamma'];
  /** The largest γ of both sides. */
  readonly maxGamma: number;
  readonly options: { readonly margin?: number; readonly soft_labels?: string } & Readonly<Record<string, unknown>>;
}

function member(name: string, gamma: FamilyMember['gamma'], options: FamilyMember['options'] = {}): FamilyMember {
  const sides = typeof gamma === 'object' && 'positive' in gamma ? [gamma.positive, gamma.negative] : [gamma];
  return { name, gamma, maxGamma: Math.max(...sides.map(Number)), options };
}

const ASYMMETRIC = { positive: 1, negative: 4 };

/** With γ that are multiples of ½, and others. */
export const FAMILY_MEMBERS: readonly FamilyMember[] = [
  member('gamma 1 and 4', ASYMMETRIC),
  member('gamma 0 and 3', { positive: 0, negative: 3 }),
  member('gamma 3.5 and 0.5', { positive: 3.5, negative: 0.5 }),
  member('gamma 1.7 and 3.1', { positive: 1.7, negative: 3.1 }),
  member('margin 0.05', ASYMMETRIC, { margin: 0.05 }),
  member('margin 0.3, gamma 1.5', 1.5, { margin: 0.3 }),
  member('margin 0.9, gamma 0', 0, { margin: 0.9 }),
  member('margin 1e-6, gamma 4', 4, { margin: 1e-6 }),
  member('margin 0.999, gamma 0.5 and 4', { positive: 0.5, negative: 4 }, { margin: 0.999 }),
  member('margin 0.05, gamma 0.7 and 2.9', { positive: 0.7, negative: 2.9 }, { margin: 0.05 }),
  member('margin 0.3, gamma 0.2', 0.2, { margin: 0.3 }),
  member('Poly-1', 2, { poly_epsilon: 1 }),
  member('Poly-1, gamma 1.7', 1.7, { poly_epsilon: 3 }),
  member('Poly-1, gamma and margin', ASYMMETRIC, { poly_epsilon: 1, margin: 0.05 }),
  member('detached', 2, { focusing: 'detached' }),
  member('detached, gamma 0.5', 0.5, { focusing: 'detached' }),
  member('detached, gamma 1.7', 1.7, { focusing: 'detached' }),
  member('detached, with all', ASYMMETRIC, { focusing: 'detached', poly_epsilon: 1, margin: 0.05 }),
  member('varifocal', 2, { soft_labels: 'varifocal' }),
  member('varifocal, gamma 1.7', 1.7, { soft_labels: 'varifocal' }),
  member('varifocal, detached', 0.5, { soft_labels: 'varifocal', focusing: 'detached' }),
  member('matchability', 1.5, { soft_labels: 'matchability' }),
  member('matchability, gamma 4.5', 4.5, { soft_labels: 'matchability' }),
];
