import type { Request } from '../request-formats.ts';
import { compressed, list, nested, repeated, SWEEP } from './hostile-shape.ts';
import { hugeShape, manyTensorsOf, withTimeout } from './inference-shapes.ts';
import { cutGzip, lyingBinarySize, lyingHeaderLength, lyingJsonLength, lyingOffsets } from './length-shapes.ts';
import {
  longTensorName,
  longTensorShape,
  manyMetadata,
  manyTensors,
  metadata,
  nestedObjects,
  parameter,
} from './metadata-shapes.ts';
import { columns, inferenceZeros, longNumber, zeros } from './number-shapes.ts';
import {
  deepInferenceData,
  deepLogits,
  emptyArrays,
  longName,
  longShape,
  longText,
  manyMembers,
  raggedRows,
} from './structure-shapes.ts';
import {
  classCounts,
  classNames,
  classOptions,
  emptyBatch,
  schemeSweep,
  softmaxSweep,
  softSweep,
} from './sweep-shapes.ts';

/** Small enough that the client makes it in milliseconds, and the service computes it in tens of them. */
const MAX_SIZE = 200_000;
const MAX_NAMES = 20_000;
const PLACES = ['member', 'input', 'output', 'parameter', 'id'] as const;
const OPTIONS = ['alpha', 'gamma', 'class_names', 'outputs', 'normalizer', 'reduction', '__proto__'];
const OUTPUTS = ['["loss"]', '["gradients","hessian"]', '["per_class","difficulty"]'];

/** The hostile shapes, of any size up to some hundred kilobytes. */
export class FuzzedShapes {
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  next(): Request {
    const request = this.#pick(this.#kinds)();
    if ('Content-Encoding' in request.headers || this.#random() < 0.5) return request;
    return compressed(request, this.#random() < 0.8 ? 'gzip' : 'deflate');
  }

  readonly #kinds: readonly (() => Request)[] = [
    () => longShape(this.#size()),
    () => deepInferenceData(this.#size()),
    () => deepLogits(this.#size()),
    () => longName(this.#size(), this.#pick(PLACES)),
    () => longText(this.#size(), this.#pick(OPTIONS)),
    () => manyMembers(this.#size(MAX_NAMES)),
    () => raggedRows(this.#size()),
    () => emptyArrays(this.#size()),
    () => zeros(this.#size(), this.#pick(OUTPUTS)),
    () => inferenceZeros(this.#size()),
    () => columns(this.#size()),
    () => longNumber(this.#size()),
    () => metadata(this.#pick(OPTIONS), this.#optionText()),
    () => metadata('gammas', this.#optionText(), SWEEP),
    () => parameter(this.#pick(OPTIONS), this.#optionText()),
    () => manyMetadata(this.#size(MAX_NAMES)),
    () => manyTensors(this.#size(MAX_NAMES)),
    () => longTensorName(this.#size()),
    () => longTensorShape(this.#size()),
    () => schemeSweep(this.#size(2048), this.#size(64)),
    () => softSweep(this.#size(50_000), this.#size(64)),
    () => softmaxSweep(this.#size(100), this.#size(100), this.#size(64)),
    () => classOptions(this.#size(20_000), this.#pick(OUTPUTS)),
    () => emptyBatch(this.#size(2000)),
    () => classCounts(this.#size()),
    () => classNames(this.#size(500), this.#size(200)),
    () => withTimeout(`${this.#random()}e${this.#size(400)}`),
    () => manyTensorsOf(this.#pick(['inputs', 'outputs']), this.#size(MAX_NAMES)),
    () => hugeShape(`[${this.#size(2 ** 52)},${this.#size(2 ** 52)}]`),
    () => lyingHeaderLength(BigInt(this.#size(2 ** 52))),
    () => lyingOffsets(this.#size(2 ** 52)),
    () => lyingBinarySize(this.#size(2 ** 52)),
    () => lyingJsonLength(this.#size(2 ** 52)),
    () => cutGzip(this.#size(20)),
  ];

  #optionText(): Buffer {
    const size = this.#size();
    return this.#pick([nested(size), list('0', size), list('[]', size), nestedObjects(size), repeated('~', size)]);
  }

  /** From 1 on, as often from 10 to 100 as from 100 to 1000. */
  #size(max = MAX_SIZE): number {
    return Math.floor(max ** this.#random());
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}
