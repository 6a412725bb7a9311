import { DTYPE_BYTES } from '../../src/codecs/dtype.ts';
import type { RawTensor } from '../../src/codecs/raw-tensor.ts';
import { safetensorsHeaderBytes, writeSafetensorsHeader } from '../../src/codecs/safetensors/safetensors-header.ts';
import { product } from '../../src/loss/tensor.ts';
import { mulberry32 } from '../../test/harness/mulberry32.ts';
import { toFloat16 } from '../../test/harness/to-float16.ts';
import { makeNumbers } from '../batches.ts';
import type { Labels, Mode } from './modes.ts';

/** The tensors of a batch as they travel. */
export interface ModeTensors {
  readonly logits: RawTensor;
  readonly labels: RawTensor;
  readonly element_weights?: RawTensor;
}

/** Makes a batch; the same numbers for the same mode. */
export function makeTensors({ shape, dtype, labels }: Mode): ModeTensors {
  const { logits } = makeNumbers(product(shape), 1);
  return {
    logits: { dtype, shape, bytes: dtype === 'F32' ? bytesOf(logits) : float16(logits, dtype) },
    labels: makeLabels(labels, shape),
  };
}

/** Weights around 1, as those of hard examples are. */
export function makeElementWeights({ shape }: Mode): RawTensor {
  const random = mulberry32(11);
  return { dtype: 'F32', shape, bytes: bytesOf(new Float32Array(product(shape)).map(() => random() + 0.5)) };
}

function makeLabels(kind: Labels, shape: readonly number[]): RawTensor {
  const random = mulberry32(7);
  const [samples = 0, classes = 1, ...inner] = shape;
  switch (kind) {
    case 'indices': {
      const perSample = [samples, ...inner];
      const indices = Array.from({ length: product(perSample) }, () => BigInt(Math.floor(random() * classes)));
      return { dtype: 'I64', shape: perSample, bytes: bytesOf(BigInt64Array.from(indices)) };
    }
    case 'one-hot': {
      const labels = new Uint8Array(product(shape));
      for (let row = 0; row < samples; row++) labels[row * classes + Math.floor(random() * classes)] = 1;
      return { dtype: 'U8', shape, bytes: bytesOf(labels) };
    }
    case 'half positive': {
      const labels = new Uint8Array(product(shape)).map(() => (random() < 0.5 ? 1 : 0));
      return { dtype: 'U8', shape, bytes: bytesOf(labels) };
    }
    case 'few soft': {
      // As of a detector that is trained on the overlap with the truth.
      const labels = new Float32Array(product(shape)).map(() => (random() < 1 / 200 ? random() : 0));
      return { dtype: 'F32', shape, bytes: bytesOf(labels) };
    }
    case 'soft':
    case 'tiny soft': {
      const labels = new Float32Array(product(shape));
      for (let row = 0; row < samples; row++) {
        fillDistribution(labels.subarray(row * classes, (row + 1) * classes), random);
      }
      // As a softmax leaves it where two logits are 55 apart.
      if (kind === 'tiny soft') for (let i = 0; i < labels.length; i += 997) labels[i] = 1e-24;
      return { dtype: 'F32', shape, bytes: bytesOf(labels) };
    }
  }
}

/** Labels that add up to 1, much of it at one class: what a teacher or two mixed samples give. */
function fillDistribution(row: Float32Array, random: () => number): void {
  for (let c = 0; c < row.length; c++) row[c] = random() ** 4;
  row[Math.floor(random() * row.length)]! += row.length / 10;
  const total = row.reduce((sum, value) => sum + value, 0);
  for (let c = 0; c < row.length; c++) row[c]! /= total;
}

/** As the Python package writes it: wide types first, then by name. */
export function safetensorsFile({ options, grid }: Mode, tensors: ModeTensors): Buffer {
  const entries = Object.entries(tensors)
    .map(([name, tensor]: [string, RawTensor]) => ({ name, ...tensor }))
    .sort((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || (a.name < b.name ? -1 : 1));
  const metadata = Object.fromEntries(
    Object.entries({ ...options, ...grid }).map(([name, value]) => [name, JSON.stringify(value)]),
  );
  const header = Buffer.alloc(safetensorsHeaderBytes(entries, JSON.stringify(metadata).length));
  writeSafetensorsHeader(header, entries, metadata);
  return Buffer.concat([header, ...entries.map(({ bytes }) => bytes)]);
}

/** The logits, then the labels, with nothing that says so. */
export function rawNumbers({ logits, labels }: ModeTensors): Buffer {
  return Buffer.concat([logits.bytes, labels.bytes]);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

function float16(values: Float32Array, format: 'F16' | 'BF16'): Buffer {
  const bits = new Uint16Array(values.length);
  toFloat16(values, format, bits);
  return bytesOf(bits);
}
