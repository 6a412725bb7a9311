import { encoded } from '../tensor-file.ts';

export interface BatchOptions {
  readonly shape: readonly number[];
  readonly classAxis: number;
  readonly dtype?: 'F32' | 'F16';
  readonly weights?: boolean;
  readonly weight?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly logitsFirst?: boolean;
  /** Whether the header has a length that leaves the tensors at odd offsets. */
  readonly misaligned?: boolean;
}

const ALIGNMENT = 8;
/** -1, -0.5, 0, 0.5, 1, 2 as float16. */
const HALVES = [0xbc00, 0xb800, 0, 0x3800, 0x3c00, 0x4000];

/** A batch with class indices as a safetensors file with aligned tensors, the logits last. */
export function alignedFile(options: BatchOptions): Buffer {
  const { shape, classAxis, dtype = 'F32', weights, weight = 1.5, metadata = {} } = options;
  const elements = shape.reduce((product, size) => product * size);
  const perSample = shape.filter((_, axis) => axis !== classAxis);
  const samples = elements / shape[classAxis]!;
  const logits =
    dtype === 'F32'
      ? Buffer.from(Float32Array.from({ length: elements }, (_, i) => Math.sin(i) * 6).buffer)
      : Buffer.from(Uint16Array.from({ length: elements }, (_, i) => HALVES[i % HALVES.length]!).buffer);
  const labels = encoded(
    'I32',
    Array.from({ length: samples }, (_, i) => (i * 7) % shape[classAxis]!),
  );
  const before = [
    ...(weights
      ? [
          {
            name: 'sample_weights',
            dtype: 'F32',
            shape: perSample,
            bytes: encoded('F32', new Array(samples).fill(weight)),
          },
        ]
      : []),
    { name: 'labels', dtype: 'I32', shape: perSample, bytes: labels },
  ];
  const last = { name: 'logits', dtype, shape, bytes: logits };
  const tensors = options.logitsFirst ? [last, ...before] : [...before, last];
  let offset = 0;
  const entries = tensors.map(({ name, bytes, ...entry }) => {
    const begin = offset;
    offset += bytes.length;
    return [name, { ...entry, data_offsets: [begin, offset] }];
  });
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const padding = (ALIGNMENT - (text.length % ALIGNMENT)) % ALIGNMENT;
  const header = Buffer.from(text + ' '.repeat(padding + (options.misaligned ? 1 : 0)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...tensors.map(({ bytes }) => bytes)]);
}
