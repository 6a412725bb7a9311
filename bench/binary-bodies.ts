import { directoryBytes, placeEntries } from '../src/codecs/npz/npz-layout.ts';
import { writeDirectory, writeMember } from '../src/codecs/npz/npz-writer.ts';
import { safetensorsHeaderBytes, writeSafetensorsHeader } from '../src/codecs/safetensors/safetensors-header.ts';
import { toFloat16 } from '../test/harness/to-float16.ts';
import type { TypedNumbers } from './batches.ts';

// The same batch as clients of each format send it.

export const SAFETENSORS = 'application/vnd.safetensors';
export const NPZ = 'application/x-npz';

/**
 * Labels are I64, as torch and numpy have them, and come first, as the Python package writes wide types first.
 *
 * @param options as the metadata has them
 */
export function safetensorsBody(
  { logits, labels }: TypedNumbers,
  format: 'F32' | 'F16' = 'F32',
  options: Readonly<Record<string, string>> = {},
): Buffer {
  const samples = labels.length;
  const entries = [
    { name: 'labels', dtype: 'I64', shape: [samples] },
    { name: 'logits', dtype: format, shape: [samples, logits.length / samples] },
  ] as const;
  const metadata = { ...(format === 'F16' && { gradients_dtype: 'F16', reduction: 'sum' }), ...options };
  const header = Buffer.alloc(safetensorsHeaderBytes(entries, JSON.stringify(metadata).length));
  writeSafetensorsHeader(header, entries, metadata);
  return Buffer.concat([header, int64(labels), format === 'F32' ? bytesOf(logits) : float16(logits)]);
}

/** As an npz file, whose members are stored. numpy writes them in the order in which it is given them. */
export function npzBody({ logits, labels }: TypedNumbers): Buffer {
  const samples = labels.length;
  const data = [int64(labels), bytesOf(logits)] as const;
  const places = placeEntries([
    { name: 'labels', descr: '<i8', shape: [samples], dataBytes: data[0].length },
    { name: 'logits', descr: '<f4', shape: [samples, logits.length / samples], dataBytes: data[1].length },
  ]);
  const file = Buffer.alloc(places.at(-1)!.end + directoryBytes(places));
  places.forEach(({ dataStart }, i) => {
    data[i]!.copy(file, dataStart);
  });
  writeDirectory(
    file,
    places.map((place) => writeMember(file, place)),
  );
  return file;
}

/** As tritonclient does it: JSON, then the tensors in the order of the inputs, of which the documentation puts logits last. */
export function inferenceBody({ logits, labels }: TypedNumbers): { readonly body: Buffer; readonly jsonBytes: number } {
  const samples = labels.length;
  const input = (name: string, datatype: string, shape: number[], bytes: Buffer) => ({
    name,
    shape,
    datatype,
    parameters: { binary_data_size: bytes.length },
  });
  const data = [int64(labels), bytesOf(logits)] as const;
  const json = Buffer.from(
    JSON.stringify({
      inputs: [
        input('labels', 'INT64', [samples], data[0]),
        input('logits', 'FP32', [samples, logits.length / samples], data[1]),
      ],
      parameters: { binary_data_output: true },
    }),
  );
  return { body: Buffer.concat([json, ...data]), jsonBytes: json.length };
}

/** Float32 logits, then int32 labels, with nothing that says so. */
export function rawBody({ logits, labels }: TypedNumbers): Buffer {
  return Buffer.concat([bytesOf(logits), bytesOf(labels)]);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int32Array | Uint16Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function int64(values: Int32Array): Buffer {
  return Buffer.from(BigInt64Array.from(values, BigInt).buffer);
}

function float16(values: Float32Array): Buffer {
  const bits = new Uint16Array(values.length);
  toFloat16(values, 'F16', bits);
  return bytesOf(bits);
}
