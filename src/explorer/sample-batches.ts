import type { Options } from './batch-file.ts';

/** A real batch that the service brings along, with the options that its file does not have. */
export interface SampleBatch {
  readonly file: string;
  readonly title: string;
  readonly origin: string;
  readonly options: Options;
}

export const SAMPLE_BATCHES: readonly SampleBatch[] = [
  {
    file: 'coins-detection.json',
    title: 'Coins, detected',
    origin: 'Anchors of a dense detector on a photograph, nearly all of them background',
    options: {},
  },
  {
    file: 'coins-edges.safetensors',
    title: 'Coins, their edges',
    origin: 'Two channels of edge pixels, segmented in the same photograph',
    options: { class_axis: 1, ignore_index: -1 },
  },
  {
    file: 'digits-longtail.json',
    title: 'Digits, long-tailed',
    origin: 'Handwritten digits, by a network that saw few of some; softmax over ten',
    options: {},
  },
  {
    file: 'breast-cancer.json',
    title: 'Breast cancer',
    origin: 'Malignant or not, by a logistic model: one binary class, hardly unbalanced',
    options: {},
  },
];
