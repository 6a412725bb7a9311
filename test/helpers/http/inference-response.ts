import assert from 'node:assert/strict';
import type { ReadInference } from '../inference-body.ts';
import type { Json } from '../service.ts';

/** Compares outputs with the JSON response to the same batch, bit for bit; null in JSON is NaN in binary data. */
export function checkAgainstJson({ head, outputs }: ReadInference, json: Json): void {
  for (const [name, { datatype, shape, values, binary }] of Object.entries(outputs)) {
    const want = expected(name, json);
    assert.equal(datatype, want.datatype, name);
    assert.deepEqual(shape, want.shape, name);
    const got = values.map((value) => {
      if (binary && Number.isNaN(value)) return null;
      if (value === null) return value;
      return Number(value) || 0; // JSON has no −0.
    });
    const round = datatype === 'FP32' ? Math.fround : Number;
    const nullable = (value: number | null) => (value === null ? null : round(value));
    assert.deepEqual(got.map(nullable), want.values.map(nullable), name);
  }
  const { samples, classes, elements, ignored, positives } = head.parameters;
  assert.deepEqual({ samples, classes, elements, ignored, positives }, json.counts);
}

/** Fields of a class that are no counts. */
const FLOATS = ['prior', 'initial_logit'];

function expected(name: string, json: Json): { datatype: string; shape: number[]; values: (number | null)[] } {
  if (name.startsWith('per_class.')) {
    const path = name.split('.').slice(1);
    const values = json.per_class.map((c: Json) => path.reduce((value, step) => value[step], c));
    const datatype = path.length === 1 && !FLOATS.includes(path[0]!) ? 'INT64' : 'FP64';
    return { datatype, shape: [values.length], values };
  }
  if (name.startsWith('difficulty.')) {
    const [, side, field] = name.split('.') as [string, string, string];
    const values = json.difficulty[side][field] ?? new Array(20).fill(null);
    return { datatype: field === 'counts' ? 'INT64' : 'FP64', shape: [20], values };
  }
  if (name.startsWith('calibration.')) {
    const [, part, field] = name.split('.') as [string, string, string];
    const values = [json.calibration[part][field]].flat();
    return { datatype: field === 'counts' ? 'INT64' : 'FP64', shape: [values.length], values };
  }
  const value = json[name];
  if (!Array.isArray(value)) return { datatype: 'FP64', shape: [1], values: [value] };
  return { datatype: 'FP32', shape: shapeOf(value), values: value.flat(5) };
}

function shapeOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [];
}
