import { post } from '../../test/harness/connection.ts';
import { jsonBody } from '../json.ts';

export interface ExpectedRequest {
  readonly bytes: Buffer;
  /** The status that it is to be answered with. */
  readonly status: number;
}

/** Requests of every kind: one round of them, to be sent over and over. */
export function mixedRequests(): ExpectedRequest[] {
  const everything = ['loss', 'gradients', 'per_class', 'elementwise', 'hessian'];
  const good: [number, number, object][] = [
    [8, 4, {}],
    [1, 1, { outputs: ['loss'] }],
    [64, 20, { activation: 'softmax' }],
    [8, 4, { gamma: 0.5, outputs: everything }],
    [200, 10, { outputs: everything }],
    [16, 100, { activation: 'softmax', outputs: everything }],
    [3, 3, { gamma: [0, 1, 2], alpha: null, label_smoothing: 0.1 }],
    [500, 80, { reduction: 'sum' }],
    [32, 8, { sample_weights: new Array(32).fill(0.5), normalizer: 'weights' }],
  ];
  const requests = good.map(([samples, classes, options]) => ({
    bytes: post('/v1/focal-loss', 'application/json', jsonBody(samples, classes, options)),
    status: 200,
  }));
  const wrong = Buffer.from('{"logits": [[1, 2], [3, 4]], "labels": [0, 7]}');
  return [...requests, { bytes: post('/v1/focal-loss', 'application/json', wrong), status: 422 }];
}
