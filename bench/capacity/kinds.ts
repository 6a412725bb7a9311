import { post } from '../../test/harness/connection.ts';
import { LARGE, makeNumbers } from '../batches.ts';
import { SAFETENSORS, safetensorsBody } from '../binary-bodies.ts';
import { jsonBody } from '../json.ts';

/** Batches of one kind, as jobs send them. */
export interface Kind {
  /** Format and shape. */
  readonly name: string;
  readonly request: Buffer;
  /** Callers that take all that a replica can do. */
  readonly callers: number;
  /** How long a turn of measuring takes: some dozen batches of the slow ones. */
  readonly turnMs: number;
}

export function smallKinds(): Kind[] {
  return [
    {
      name: 'json-8x4',
      request: post('/v1/focal-loss', 'application/json', jsonBody(8, 4)),
      callers: 16,
      turnMs: 2000,
    },
    { ...safetensorsKind(1024, 80), callers: 16, turnMs: 2000 },
  ];
}

export function largeKind(): Kind {
  return { ...safetensorsKind(LARGE.samples, LARGE.classes), callers: 4, turnMs: 5000 };
}

function safetensorsKind(samples: number, classes: number) {
  const request = post('/v1/focal-loss', SAFETENSORS, safetensorsBody(makeNumbers(samples, classes)));
  return { name: `safetensors-${samples}x${classes}`, request };
}
