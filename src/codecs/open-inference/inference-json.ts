import type { Allocator } from '../../core/allocator.ts';
import { COLON, OPEN_ARRAY, QUOTE, skipSpace, skipString } from '../json/json-lexer.ts';
import { isMalformed, parseJson } from '../json/parse-json.ts';
import { type ScannedTensor, TensorExtractor } from '../json/scan-tensors.ts';
import { MODEL_METADATA } from './inference-model.ts';

/** The model has no more inputs. Without a limit, each of many small arrays would be allocated for all the text behind it. */
const MAX_TENSORS = MODEL_METADATA.inputs.length;

/**
 * Parses a request's JSON. The inputs' `data` is read from the text itself and becomes a `ScannedTensor`.
 *
 * @param allocator where the tensors' values go
 * @throws {ServiceError} `malformed_body`
 */
export function parseInferenceJson(text: Uint8Array, allocator: Allocator): unknown {
  const scanned = extractTensors(text, allocator);
  if (scanned === undefined) return parseJson(text, allocator);
  try {
    return restoreTensors(parseJson(scanned.envelope, allocator), scanned.tensors) ?? parseJson(text, allocator);
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return parseJson(text, allocator); // Its error gives the position in the whole body.
  }
}

/** Replaces each array that is called `data` by null; gives up where one is anything but numbers. */
function extractTensors(
  text: Uint8Array,
  allocator: Allocator,
): { envelope: Uint8Array; tensors: ScannedTensor[] } | undefined {
  const extractor = new TensorExtractor(text, allocator);
  const tensors: ScannedTensor[] = [];
  let at = text.indexOf(QUOTE);
  while (at >= 0) {
    const end = skipString(text, at);
    const colon = skipSpace(text, end);
    if (isData(text, at, end) && text[colon] === COLON) {
      const start = skipSpace(text, colon + 1);
      if (text[start] !== OPEN_ARRAY || tensors.length === MAX_TENSORS) return undefined;
      const tensor = extractor.extract(start, 'float64');
      if (tensor === undefined) return undefined;
      tensors.push(tensor);
    }
    at = text.indexOf(QUOTE, Math.max(end, extractor.end));
  }
  return { envelope: extractor.envelope(), tensors };
}

/** Gives each input that has null for its data the next tensor; undefined if their numbers differ. */
function restoreTensors(envelope: unknown, tensors: readonly ScannedTensor[]): unknown {
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
