import { post } from '../../test/harness/connection.ts';
import { LARGE, makeNumbers } from '../batches.ts';
import { SAFETENSORS, safetensorsBody } from '../binary-bodies.ts';
import { unlessToy } from '../harness/toy.ts';
import { jsonBody } from '../json.ts';

const SMALL_TURN_MS = unlessToy(2000, 100);
const LARGE_TURN_MS = unlessToy(5000, 200);

/** Requests of one format and shape, as jobs send them. */
export interface Workload {
  /** Format and shape. */
  readonly name: string;
  readonly request: Buffer;
  /** Callers that take all that a replica can do. */
  readonly callers: number;
  /** How long a turn of measuring takes: some dozen batches of the slow ones. */
  readonly turnMs: number;
}

export function smallWorkloads(): Workload[] {
  return [
    {
      name: 'json-8x4',
      request: post('/v1/focal-loss', 'application/json', jsonBody(8, 4)),
      callers: 16,
      turnMs: SMALL_TURN_MS,
    },
    { ...safetensorsWorkload(1024, 80), callers: 16, turnMs: SMALL_TURN_MS },
  ];
}

export function largeWorkload(): Workload {
  return { ...safetensorsWorkload(LARGE.samples, LARGE.classes), callers: 4, turnMs: LARGE_TURN_MS };
}

function safetensorsWorkload(samples: number, classes: number) {
  const request = post('/v1/focal-loss', SAFETENSORS, safetensorsBody(makeNumbers(samples, classes)));
  return { name: `safetensors-${samples}x${classes}`, request };
}
