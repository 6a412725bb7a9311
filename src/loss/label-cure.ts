import type { LabelledPredictions, LabelOptions } from './label-form.ts';
import { formatShape } from './tensor.ts';

/** Labels that libraries ignore by default: PyTorch, masks of segmentation, and detection. */
const COMMONLY_IGNORED: readonly unknown[] = [-100, 255, -1];

/** What is known of a batch with labels that are rejected. */
export interface LabelFacts extends LabelOptions, LabelledPredictions {
  readonly form: 'dense' | 'binary' | 'indices';
}

/**
 * What probably cures a label that is not valid, as the end of a message.
 *
 * @param hasZero whether a label of the batch is 0
 */
export function cureOfLabel(value: number | bigint, facts: LabelFacts, hasZero: boolean): string {
  const cure = CURES[facts.form](Number(value), facts, hasZero);
  return cure && `; ${cure}`;
}

type Cure = (value: number, facts: LabelFacts, hasZero: boolean) => string;

const CURES: Readonly<Record<LabelFacts['form'], Cure>> = {
  dense(value, { shape, sampleShape, layout: { classes } }) {
    if (COMMONLY_IGNORED.includes(value)) return [askToIgnore(value), ...twoValued(value)].join(' ');
    if (!Number.isInteger(value) || value < 2 || classes === 1 || shape.length === 1) return '';
    return `class indices have no class axis: shape ${formatShape(sampleShape)}`;
  },

  binary(value, { shape }) {
    const ways =
      `labels of one class are 0 and 1, or soft in shape ${formatShape(shape)}; ` +
      'if label 0 is positive, background_index is the label of negatives';
    if (!COMMONLY_IGNORED.includes(value)) return ways;
    return [askToIgnore(value), ...twoValued(value).map((cure) => `${cure}.`), `Or ${ways}`].join(' ');
  },

  indices(value, facts, hasZero) {
    const { activation, background_index, source, shape, layout } = facts;
    const { classes } = layout;
    const mayBeBackground = activation === 'sigmoid' && background_index === undefined;
    if (value === -1 && mayBeBackground) return '"background_index": -1 or "ignore_index": -1?';
    if (COMMONLY_IGNORED.includes(value)) return askToIgnore(value);
    if (!Number.isInteger(value)) return `soft labels have the class axis, shape ${formatShape(shape)}`;
    if (value !== classes) return '';
    if (!hasZero) return 'labels count from 0, and no label is 0: subtract 1 from all of them?';
    return mayBeBackground
      ? `labels count from 0; "background_index": ${classes} if it is none of the classes`
      : `labels count from 0, and ${source} have ${classes === 1 ? 'one class' : `${classes} classes`}`;
  },
};

/** What to do with labels of two values of which one is this, if it is common for that. */
function twoValued(value: number): string[] {
  if (value === -1) return ['Labels of -1 and 1 are sent as 0 and 1'];
  return value === 255 ? ['Divide a mask of 0 and 255 by 255'] : [];
}

function askToIgnore(value: number): string {
  return `"ignore_index": ${value}?`;
}
