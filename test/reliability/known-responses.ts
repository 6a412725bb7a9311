import { emptyEvaluation } from '../../src/loss/evaluation.ts';
import { evaluateReference } from '../../src/loss/reference.ts';
import { summarize } from '../../src/loss/summarize.ts';
import { Connection, headerOf, type TimedResponse } from '../harness/connection.ts';
import type { Service } from '../harness/service-process.ts';
import { readTensorFile } from '../helpers/tensor-file.ts';
import type { Case } from './cases.ts';
import { sameParts, stableParts } from './stable-response.ts';

/** The response to each case: the first is compared with the float64 reference, later ones with the first, byte by byte. */
export class KnownResponses {
  readonly #parts = new Map<Case, Buffer[]>();

  /** @throws {Error} if a first response is wrong */
  static async record(service: Service, cases: readonly Case[]): Promise<KnownResponses> {
    const known = new KnownResponses();
    const connection = await Connection.open(service.address);
    for (const one of cases) {
      const response = await connection.send(one.bytes, { keepBody: true });
      if (response.status !== one.status) {
        throw new Error(`${one.name}: ${response.status} ${response.body.toString('utf8', 0, 500)}`);
      }
      if (one.batch) checkAgainstReference(one, response);
      known.#parts.set(one, stableParts(response));
    }
    connection.close();
    return known;
  }

  /** Whether a response equals the first of its case, except durations and ids. */
  isRight(one: Case, response: TimedResponse): boolean {
    return response.status === one.status && sameParts(stableParts(response), this.#parts.get(one)!);
  }
}

function checkAgainstReference({ batch, format, name }: Case, response: TimedResponse): void {
  const expected = evaluateReference(
    batch!,
    emptyEvaluation(batch!, (length) => new Float64Array(length)),
  );
  const { loss, sum } = summarize(batch!, expected);
  const { totals, gradients } = format === 'safetensors' ? ofFile(response) : ofJsonOrInference(response);
  compare(`${name}: loss and sum`, totals, [loss!, sum!], 1e-6);
  compare(`${name}: gradients`, gradients, expected.arrays.gradients!, 5e-7);
}

interface Decoded {
  /** Loss and sum. */
  readonly totals: readonly number[];
  readonly gradients: ArrayLike<number>;
}

function ofFile({ body }: TimedResponse): Decoded {
  const { tensors, metadata } = readTensorFile(body);
  const { loss, sum } = JSON.parse(metadata.response!);
  return { totals: [loss, sum], gradients: tensors.gradients!.values.map(Number) };
}

function ofJsonOrInference({ head, body }: TimedResponse): Decoded {
  const jsonBytes = Number(headerOf(head, 'inference-header-content-length') ?? body.length);
  const json = JSON.parse(body.toString('utf8', 0, jsonBytes));
  if (!json.outputs) return { totals: [json.loss, json.sum], gradients: json.gradients.flat() };
  const values: Record<string, ArrayLike<number>> = {};
  let at = jsonBytes;
  for (const { name, datatype, data, parameters } of json.outputs) {
    const size = parameters?.binary_data_size ?? 0;
    const bytes = Uint8Array.from(body.subarray(at, at + size)).buffer;
    values[name] = data ?? (datatype === 'FP64' ? new Float64Array(bytes) : new Float32Array(bytes));
    at += size;
  }
  return { totals: [values.loss![0]!, values.sum![0]!], gradients: values.gradients! };
}

const SMALLEST_NORMAL = 2 ** -126;

function compare(name: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  if (actual.length !== expected.length)
    throw new Error(`${name}: expected ${expected.length} values, got ${actual.length}`);
  // Beside the tolerance, because terms of a gradient may cancel.
  const slack = 1e-9 * Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    if (error <= tolerance * Math.abs(expected[i]!) + slack + SMALLEST_NORMAL) continue;
    throw new Error(`${name}: expected ${expected[i]} at ${i}, got ${actual[i]}`);
  }
}
