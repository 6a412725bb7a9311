import { alignedTensors, type BatchOptions } from './aligned-tensors.ts';

export interface FileOptions extends BatchOptions {
  /** Whether the header has a length that leaves the tensors at odd offsets. */
  readonly misaligned?: boolean;
}

const ALIGNMENT = 8;

/** A batch with class indices as a safetensors file with aligned tensors, the logits last. */
export function alignedFile(options: FileOptions): Buffer {
  const tensors = alignedTensors(options);
  let offset = 0;
  const entries = tensors.map(({ name, bytes, ...entry }) => {
    const begin = offset;
    offset += bytes.length;
    return [name, { ...entry, data_offsets: [begin, offset] }];
  });
  const text = JSON.stringify({ __metadata__: options.metadata ?? {}, ...Object.fromEntries(entries) });
  const padding = (ALIGNMENT - (text.length % ALIGNMENT)) % ALIGNMENT;
  const header = Buffer.from(text + ' '.repeat(padding + (options.misaligned ? 1 : 0)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, ...tensors.map(({ bytes }) => bytes)]);
}
