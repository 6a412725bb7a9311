import type { Allocator } from '../../core/allocator.ts';
import { COLON, OPEN_ARRAY, QUOTE } from '../json/ascii.ts';
import { ScannedTensor, skipSpace, skipString } from '../json/json-scan.ts';
import { parseJson } from '../json/json-text.ts';
import { readNumberArray } from '../json/number-array-text.ts';
import { MAX_RANK } from '../tensor-shape.ts';
import { MODEL_METADATA } from './inference-model.ts';

/** More inputs there are not; without an end, a body of many small arrays would be read for each. */
const MAX_TENSORS = MODEL_METADATA.inputs.length;

/**
 * Parses a request's JSON. The inputs' `data` is read from the text itself and stands in the object as `ScannedTensor`.
 *
 * @param allocator where its values go
 * @throws {ServiceError} `malformed_body`
 */
export function parseInferenceJson(text: Uint8Array, allocator: Allocator): unknown {
  const scanned = extractTensors(text, allocator);
  if (scanned === undefined) return parseJson(text);
  try {
    return putBack(parseJson(scanned.envelope), scanned.tensors) ?? parseJson(text);
  } catch {
    return parseJson(text); // What is wrong is told in terms of the whole body.
  }
}

/** Replaces each array that is called `data` by null; gives up where one is anything but numbers. */
function extractTensors(
  text: Uint8Array,
  allocator: Allocator,
): { envelope: Uint8Array; tensors: ScannedTensor[] } | undefined {
  const kept: Uint8Array[] = [];
  const tensors: ScannedTensor[] = [];
  let keptUntil = 0;
  let at = text.indexOf(QUOTE);
  while (at >= 0) {
    const end = skipString(text, at);
    const colon = skipSpace(text, end);
    if (isData(text, at, end) && text[colon] === COLON) {
      const start = skipSpace(text, colon + 1);
      if (text[start] !== OPEN_ARRAY || tensors.length === MAX_TENSORS) return undefined;
      const array = readNumberArray(text, start, 'float64', MAX_RANK, allocator);
      if (array === undefined) return undefined;
      tensors.push(new ScannedTensor(array.shape, array.values));
      kept.push(text.subarray(keptUntil, start), NULL);
      keptUntil = array.end;
    }
    at = text.indexOf(QUOTE, Math.max(end, keptUntil));
  }
  kept.push(text.subarray(keptUntil));
  return { envelope: Buffer.concat(kept), tensors };
}

/** Gives each input that has null for its data the next tensor; undefined if they are not the same number. */
function putBack(envelope: unknown, tensors: readonly ScannedTensor[]): unknown {
  const inputs = (envelope as { inputs?: unknown } | null)?.inputs;
  if (!Array.isArray(inputs)) return undefined;
  const emptied: { data: unknown }[] = inputs.filter((input) => input?.data === null);
  if (emptied.length !== tensors.length) return undefined;
  emptied.forEach((input, i) => {
    input.data = tensors[i];
  });
  return envelope;
}

function isData(text: Uint8Array, start: number, end: number): boolean {
  return end - start === DATA.length && DATA.equals(text.subarray(start, end));
}

const DATA = Buffer.from('"data"');
const NULL = Buffer.from('null');
