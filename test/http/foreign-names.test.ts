import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FOREIGN_NAME_HINTS, FOREIGN_NAMES } from '../../src/codecs/foreign-names.ts';
import { requestSchema } from '../../src/codecs/request-schema.ts';
import { sweepSchema } from '../../src/codecs/sweep/sweep-schema.ts';
import { inferenceBody } from '../helpers/inference-body.ts';
import { type Problem, startTestService } from '../helpers/service.ts';
import { tensorFile } from '../helpers/tensor-file.ts';

// Names of other libraries, in every place where a request has names.

const service = await startTestService();
const GOOD = { logits: [[1, -1]], labels: [[1, 0]] };
const TENSORS = {
  logits: { dtype: 'F32', shape: [1, 2], values: [1, -1] },
  labels: { dtype: 'U8', shape: [1, 2], values: [1, 0] },
} as const;
const SAFETENSORS = 'application/vnd.safetensors';

async function problemOf(path: string, type: string, body: string | Buffer): Promise<Problem> {
  const response = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  return (await response.json()) as Problem;
}

function saysOf({ errors }: Problem, name: string, word = 'field'): void {
  const messages = errors.map(({ pointer, message }) => `${pointer}: ${message}`);
  const expected = `/${name}: unknown ${word} "${name}"; ${FOREIGN_NAME_HINTS[name]}`;
  assert.ok(messages.includes(expected), `expected ${expected}, got ${messages.join('; ')}`);
}

test('no foreign name is a field, and each is there once', () => {
  const names = FOREIGN_NAMES.flatMap((entry) => entry.names);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) {
    assert.ok(!(name in requestSchema.shape) && !(name in sweepSchema.shape), name);
    assert.match(FOREIGN_NAME_HINTS[name]!, /^[^`]+$/);
  }
});

test('what a hint names as a field is one', () => {
  for (const { names, here } of FOREIGN_NAMES) {
    for (const [, field = ''] of here.matchAll(/here it is `(\w+)`/g))
      assert.ok(field in requestSchema.shape, names[0]);
  }
});

test('every foreign name gets its hint in JSON, and in a sweep', async () => {
  for (const name of Object.keys(FOREIGN_NAME_HINTS)) {
    saysOf(await service.problem({ ...GOOD, [name]: 1 }, 'invalid_request'), name);
    const sweep = JSON.stringify({ ...GOOD, gammas: [2], [name]: 1 });
    saysOf(await problemOf('/v1/focal-loss/sweep', 'application/json', sweep), name);
  }
});

test('names of arguments that torchvision, Keras and DETR have', async () => {
  const { errors } = await service.problem(
    { inputs: [[1, -1]], targets: [[1, 0]], num_boxes: 3, from_logits: true },
    'invalid_request',
  );
  assert.deepEqual(
    errors.map(({ message }) => message),
    [
      'unknown field "inputs"; here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
      'unknown field "targets"; here it is "labels"',
      'unknown field "num_boxes"; here it is "normalizer", what a mean divides by: a number, or "positives" to have them counted',
      'unknown field "from_logits"; the name of the predictions tells: "logits", or "probabilities" behind a sigmoid or softmax',
      'expected this field, which is required, got nothing',
      'expected exactly one of "logits" and "probabilities", got neither',
    ],
  );
});

test('names of arguments that timm, DEIM and implementations of Poly-1 have', async () => {
  const { errors } = await service.problem(
    { ...GOOD, gamma_neg: 4, clip: 0.05, disable_torch_grad_focal_loss: true, mal_alpha: 0.5, poly1_epsilon: 1 },
    'invalid_request',
  );
  assert.deepEqual(
    errors.map(({ message }) => message),
    [
      'unknown field "gamma_neg"; here it is "gamma": {"positive": 1, "negative": 4}, both in one field',
      'unknown field "clip"; here it is "margin", by which the probabilities of negatives are shifted',
      'unknown field "disable_torch_grad_focal_loss"; here it is "focusing": "detached", with which derivatives take the modulating factor for a constant',
      'unknown field "mal_alpha"; here it is "alpha", which with these "soft_labels" weights negatives alone',
      'unknown field "poly1_epsilon"; here it is "poly_epsilon"; "epsilon" is where probabilities are clamped',
    ],
  );
});

test('an epsilon that is out of range is most likely that of Poly-1', async () => {
  for (const epsilon of [-1, 0, 1, 2]) {
    const { errors } = await service.problem({ ...GOOD, epsilon }, 'invalid_request');
    assert.match(errors[0]!.message, /; that of Poly-1 is "poly_epsilon"$/);
  }
});

test('names of tensors and of metadata in safetensors', async () => {
  const { labels, ...rest } = TENSORS;
  const file = tensorFile({ ...rest, y_true: labels }, { pos_weight: '3' });
  const problem = await problemOf('/v1/focal-loss', SAFETENSORS, file);
  saysOf(problem, 'y_true');
  saysOf(problem, 'pos_weight');
  saysOf(await problemOf('/v1/focal-loss/sweep', SAFETENSORS, file), 'y_true');
});

test('names of inputs and of parameters in the Open Inference Protocol', async () => {
  const { body } = inferenceBody({
    scores: { datatype: 'FP32', shape: [1, 2], values: [1, -1], binary: false },
    target: { datatype: 'FP32', shape: [1, 2], values: [1, 0], binary: false },
  });
  const path = '/v2/models/focal-loss/infer';
  const inputs = await problemOf(path, 'application/json', body);
  saysOf(inputs, 'scores', 'input');
  saysOf(inputs, 'target', 'input');
  const input = (values: readonly number[]) => ({ datatype: 'FP32', shape: [1, 2], values, binary: false }) as const;
  const valid = { logits: input([1, -1]), labels: input([1, 0]) };
  saysOf(await problemOf(path, 'application/json', inferenceBody(valid, { parameters: { axis: 1 } }).body), 'axis');
  const { status } = await fetch(`${service.url}${path}`, {
    method: 'POST',
    body: new Uint8Array(inferenceBody(valid, { parameters: { timeout: 1e6 } }).body),
  });
  assert.equal(status, 200, 'the timeout of the protocol is a parameter');
});

test('pos_weight: what the hint says equals BCEWithLogitsLoss', async () => {
  const w = 3.5;
  const logits = [1.25, -0.5, 0.75];
  const labels = [1, 0, 1];
  const { loss } = await service.focalLoss({
    logits: logits.map((x) => [x]),
    labels: labels.map((y) => [y]),
    gamma: 0,
    alpha: w / (1 + w),
    class_weights: [1 + w],
  });
  const expected =
    logits.reduce((sum, x, i) => sum + (labels[i] ? w * Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))), 0) / 3;
  assert.ok(Math.abs(loss / expected - 1) < 1e-7, `${loss} ${expected}`);
});
