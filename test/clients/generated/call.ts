// Calls the service by the types that openapi-typescript has made. Argument: the URL.
import createClient from 'openapi-fetch';
import type { paths } from './api.js';

const client = createClient<paths>({ baseUrl: process.argv[2]! });
const logits = [
  [2.2, -1.3, -4],
  [-3.1, 0.4, 0.7],
];
const { data } = await client.POST('/v1/focal-loss', {
  body: { logits, labels: [0, 1], activation: 'softmax', gamma: 2 },
});
if (Math.abs(data!.loss! - 0.14578620167165574) > 1e-12)
  throw new Error(`expected the loss 0.1457862, got ${data?.loss}`);

const { error } = await client.POST('/v1/focal-loss', { body: { logits, labels: [0, 3] } });
if (error?.status !== 422) throw new Error(`expected a problem of status 422, got ${JSON.stringify(error)}`);
