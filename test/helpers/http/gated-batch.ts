import { tensorFile } from '../tensor-file.ts';
import { type Headers, type Sending, send } from './send.ts';

// Batches whose class name tells an engine thread what to do (test/helpers/engine/gated-worker.ts).

export const SAFETENSORS: Headers = { 'content-type': 'application/vnd.safetensors' };
export const JSON_BODY: Headers = { 'content-type': 'application/json' };

export interface Route {
  readonly path: string;
  /** A small batch as JSON, whose class has this name. */
  body(command: string): string;
}

const BATCH = { logits: [1], labels: [1] };

export const ROUTES: readonly Route[] = [
  { path: '/v1/focal-loss', body: (command) => JSON.stringify({ ...BATCH, class_names: [command] }) },
  {
    path: '/v1/focal-loss/sweep',
    body: (command) => JSON.stringify({ ...BATCH, class_names: [command], gammas: [2] }),
  },
  {
    path: '/v2/models/focal-loss/infer',
    body: (command) =>
      JSON.stringify({
        inputs: [
          { name: 'logits', datatype: 'FP32', shape: [1], data: [1] },
          { name: 'labels', datatype: 'INT64', shape: [1], data: [1] },
        ],
        parameters: { class_names: JSON.stringify([command]) },
      }),
  },
];

/** Sends a small batch as JSON. */
export function sendSmall(url: string, command: string, { path, body }: Route = ROUTES[0]!): Sending {
  return send(url, path, JSON_BODY, body(command));
}

/** A batch of one class as a safetensors file, which requests its gradients. */
export function batchFile(samples: number, command: string): Buffer {
  return tensorFile(
    {
      logits: { dtype: 'F32', shape: [samples], values: Array.from({ length: samples }, (_, i) => i % 5) },
      labels: { dtype: 'U8', shape: [samples], values: new Array(samples).fill(1) },
    },
    { outputs: '["gradients"]', class_names: JSON.stringify([command]) },
  );
}

export function sendFile(url: string, samples: number, command: string): Sending {
  return send(url, '/v1/focal-loss', SAFETENSORS, batchFile(samples, command));
}
