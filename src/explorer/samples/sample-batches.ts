import type { Options } from '../batch-files/batch-file.ts';

/** A batch of this folder, with the options that its file does not contain. */
export interface SampleBatch {
  readonly file: string;
  readonly title: string;
  readonly description: string;
  readonly options: Options;
}

export const SAMPLE_BATCHES: readonly SampleBatch[] = [
  {
    file: 'coins-detection.json',
    title: 'Coins, detection',
    description: 'Anchors of a dense detector on a photograph; nearly all are background',
    options: {},
  },
  {
    file: 'coins-edges.safetensors',
    title: 'Coins, edge segmentation',
    description: 'Two channels of edge pixels in the same photograph',
    options: { class_axis: 1, ignore_index: -1 },
  },
  {
    file: 'digits-longtail.json',
    title: 'Digits, long-tailed',
    description: 'Handwritten digits; the network saw few examples of some. Softmax over ten classes',
    options: {},
  },
  {
    file: 'breast-cancer.json',
    title: 'Breast cancer',
    description: 'Malignant or benign, by a logistic model: one binary class, nearly balanced',
    options: {},
  },
];

/** The name of a sample in addresses. */
export function sampleId({ file }: SampleBatch): string {
  return file.replace(/\.\w+$/, '');
}
