import { product } from '../loss/tensor.ts';
import { DTYPE_BYTES, isFloat } from './dtype.ts';
import { isAligned, type RawTensor } from './raw-tensor.ts';

/** To resolve the options of a class takes as long as to check so many bytes of labels. */
const BYTES_PER_CLASS = 32;
/** Labels of 8 bits, dense or of one class, are checked where they are, by SIMD, in the time in which other bytes are checked and converted. */
const DENSE_BYTES_PER_BYTE = 8;
/** How an option says that its value is an object, as those that derive α from the labels of each class. */
const OBJECT = '{';
const LAST_AXIS = '-1';
/** An α of a sweep, which is resolved for each class, has at least a digit and a comma. */
const MIN_ALPHA_TEXT = 2;

/** A file of tensors, as far as it tells how long reading takes. */
export interface TensorFile {
  readonly bytes: number;
  /** Those that are in the file as they will be used, row major and little endian. */
  readonly tensors: ReadonlyMap<string, RawTensor>;
  /** All other fields, each as a bare word or as JSON. */
  readonly options: Readonly<Record<string, string>>;
}

/**
 * How many bytes of a request, of one loss or a sweep, are checked and converted: all but predictions that can be viewed where
 * they are, which only the engine looks at.
 *
 * @returns undefined if that cannot be told
 */
export function bytesToConvert({ bytes, tensors, options }: TensorFile): number | undefined {
  const predictions = tensors.get('logits') ?? tensors.get('probabilities');
  if (!predictions || !isAligned(predictions) || !isFloat(predictions.dtype)) return undefined;
  const { shape } = predictions;
  const classes = shape.length === 1 ? 1 : shape.at(Number(options.class_axis ?? LAST_AXIS));
  if (!classes) return undefined;
  const alphas = Math.ceil((options.alphas?.length ?? 0) / MIN_ALPHA_TEXT);
  const labels = tensors.get('labels');
  const labelBytes =
    labels && DTYPE_BYTES[labels.dtype] === 1 && product(labels.shape) === product(shape) && areReadOnce(options)
      ? labels.bytes.length
      : 0;
  const otherBytes = bytes - predictions.bytes.length - labelBytes;
  return otherBytes + Math.ceil(labelBytes / DENSE_BYTES_PER_BYTE) + BYTES_PER_CLASS * classes * (1 + alphas);
}

/**
 * Whether labels of 8 bits, one for each prediction, are only checked and counted. They are converted if 0 or 1 is ignored, or if
 * they are class indices of one class, of which one is background, and read once more by
 * schemes for α, for each class, and by denominators that count samples, as that of softmax does by default.
 */
function areReadOnce(options: Readonly<Record<string, string>>): boolean {
  const {
    activation = 'sigmoid',
    normalizer = 'elements',
    ignore_index,
    background_index,
    alpha = '',
    alphas = '',
  } = options;
  return (
    isWord(activation, 'sigmoid') &&
    (isWord(normalizer, 'elements') || isWord(normalizer, 'positives')) &&
    (ignore_index === undefined || ![0, 1].includes(Number(ignore_index))) &&
    background_index === undefined &&
    !alpha.includes(OBJECT) &&
    !alphas.includes(OBJECT)
  );
}

/** Whether the text of an option is a word, bare or as JSON. */
function isWord(text: string, word: string): boolean {
  return text === word || text === JSON.stringify(word);
}
