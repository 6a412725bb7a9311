import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonResponseSchema } from '../../src/codecs/json/json-response-schema.ts';
import { requestSchema } from '../../src/codecs/request-schema.ts';
import { sweepResponseSchema } from '../../src/codecs/sweep/sweep-response-schema.ts';
import { sweepSchema } from '../../src/codecs/sweep/sweep-schema.ts';
import { problemSchema } from '../../src/http/problem.ts';
import { type Json, startTestService } from '../helpers/service.ts';

// Any request gets a response or a problem as documented, and never a 5xx. Failing seeds are printed.

const service = await startTestService();

const ANSWERS = { '/v1/focal-loss': jsonResponseSchema, '/v1/focal-loss/sweep': sweepResponseSchema };
const REFUSALS = [400, 413, 415, 422];

async function post(body: string, route = '/v1/focal-loss'): Promise<{ status: number; body: Json }> {
  const response = await fetch(`${service.url}${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return { status: response.status, body: await response.json() };
}

/** @returns the response, or undefined for a problem */
async function checkDocumented(body: string, route?: keyof typeof ANSWERS): Promise<Json | undefined> {
  const reply = await post(body, route);
  if (reply.status === 200) {
    ANSWERS[route ?? '/v1/focal-loss'].parse(reply.body);
    assertFinite(reply.body);
    return reply.body;
  }
  assert.ok(REFUSALS.includes(reply.status), `${reply.status} for ${body.slice(0, 300)}`);
  const problem = problemSchema.parse(reply.body);
  assert.equal(problem.status, reply.status);
  assert.ok((problem.errors?.length ?? 0) <= 20);
  return undefined;
}

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 0.5, 1, -1, 2, 88.7, -104, 1e-45, 3.4e38, -3.4e38, 1e39, 2 ** 31, -100),
);
const shape = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });

function nested(sizes: readonly number[], leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return sizes.reduceRight<fc.Arbitrary<unknown>>(
    (inner, size) => fc.array(inner, { minLength: size, maxLength: size }),
    leaf,
  );
}

const logit = fc.oneof(
  { weight: 8, arbitrary: fc.float({ min: -200, max: 200, noNaN: true }) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
);

const scheme = fc.oneof(
  fc.constant({ balanced: true }),
  fc.record({ effective_number: fc.record({ beta: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }) }) }),
);

/** A batch whose parts fit each other, with options that are each in range. */
const fitting = shape.chain((sizes) =>
  fc.integer({ min: -1, max: sizes.length === 1 ? -1 : sizes.length - 1 }).chain((axis) => {
    const classAxis = axis < 0 ? sizes.length - 1 : axis;
    const classes = sizes.length === 1 ? 1 : sizes[classAxis]!;
    const perSample = sizes.length === 1 ? sizes : sizes.toSpliced(classAxis, 1);
    const perClass = (leaf: fc.Arbitrary<number>) =>
      fc.oneof(leaf, fc.array(leaf, { minLength: classes, maxLength: classes }));
    // Labels of one class are 0 and 1.
    const index = fc.oneof(fc.integer({ min: 0, max: Math.max(2, classes) - 1 }), fc.constant(-100));
    const dense = nested(sizes, fc.oneof(fc.constantFrom(0, 1, -100), fc.double({ min: 0, max: 1, noNaN: true })));
    return fc.record(
      {
        logits: nested(sizes, logit),
        labels: sizes.length === 1 || perSample.length === 0 ? dense : fc.oneof(dense, nested(perSample, index)),
        activation: classes === 1 ? fc.constant('sigmoid') : fc.constantFrom('sigmoid', 'softmax'),
        class_axis: fc.constant(axis),
        gamma: perClass(fc.oneof(fc.constantFrom(0, 1, 2), fc.double({ min: 0, max: 20, noNaN: true }))),
        alpha: fc.oneof(perClass(fc.double({ min: 0, max: 1, noNaN: true })), fc.constant(null), scheme),
        class_weights: fc.array(fc.double({ min: 0, max: 10, noNaN: true }), {
          minLength: classes,
          maxLength: classes,
        }),
        sample_weights: nested(perSample, fc.double({ min: 0, max: 10, noNaN: true })),
        label_smoothing: fc.double({ min: 0, max: 0.99, noNaN: true }),
        soft_labels: fc.constantFrom('interpolated', 'termwise'),
        reduction: fc.constantFrom('mean', 'sum', 'none'),
        normalizer: fc.constantFrom('elements', 'samples', 'positives', 'weights', 7.5),
        outputs: fc.subarray(['loss', 'gradients', 'per_class', 'elementwise', 'hessian', 'difficulty']),
      },
      { requiredKeys: ['logits', 'labels', 'class_axis', 'activation'] },
    );
  }),
);

test('a valid batch gets a response of its own shape, whatever the options', async () => {
  await fc.assert(
    fc.asyncProperty(fitting, async (request) => {
      // Softmax gaps beyond float32 are rejected by design; everything else must be evaluated.
      const response = await checkDocumented(JSON.stringify(request));
      if (!response) assert.match((await post(JSON.stringify(request))).body.detail, /overflow here/);
      else if (response.gradients) assert.deepEqual(shapeOf(response.gradients), shapeOf(request.logits));
    }),
    { numRuns: 1000 },
  );
});

test('a valid batch with one field replaced by anything is evaluated or rejected', async () => {
  const fields = [...Object.keys(requestSchema.shape), '__proto__', 'constructor', 'toString', ''];
  await fc.assert(
    fc.asyncProperty(
      fitting,
      fc.constantFrom(...fields),
      fc.oneof(fc.jsonValue(), number),
      async (good, field, value) => {
        const request = { ...good };
        Object.defineProperty(request, field, { value, enumerable: true });
        await checkDocumented(JSON.stringify(request));
      },
    ),
    { numRuns: 1000 },
  );
});

const grid = fc.record({
  gammas: fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { minLength: 1, maxLength: 3 }),
  alphas: fc.array(fc.oneof(fc.constant(null), fc.double({ min: 0, max: 1, noNaN: true }), scheme), {
    minLength: 1,
    maxLength: 3,
  }),
});
/** A batch and a grid that fit each other. */
const fittingSweep = fc
  .tuple(fitting, grid)
  .map(([{ gamma: _, alpha: __, outputs: ___, ...batch }, pairs]) => ({ ...batch, ...pairs }));

test('a valid sweep gets a result for each pair', async () => {
  await fc.assert(
    fc.asyncProperty(fittingSweep, async (request) => {
      const response = await checkDocumented(JSON.stringify(request), '/v1/focal-loss/sweep');
      assert.equal(response?.grid.length, request.gammas.length * request.alphas.length);
    }),
    { numRuns: 500 },
  );
});

test('a valid sweep with one field replaced by anything is evaluated or rejected', async () => {
  const fields = [...Object.keys(sweepSchema.shape), 'gamma', 'outputs', '__proto__', 'constructor', ''];
  const item = fc.oneof(fc.jsonValue(), number, scheme);
  const value = fc.oneof(item, fc.array(item, { maxLength: 4 }));
  await fc.assert(
    fc.asyncProperty(fittingSweep, fc.constantFrom(...fields), value, async (good, field, replacement) => {
      const request = { ...good };
      Object.defineProperty(request, field, { value: replacement, enumerable: true });
      await checkDocumented(JSON.stringify(request), '/v1/focal-loss/sweep');
    }),
    { numRuns: 1000 },
  );
});

test('any JSON is evaluated or rejected', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json(), async (text) => {
      assert.equal(await checkDocumented(text), undefined);
      assert.equal(await checkDocumented(text, '/v1/focal-loss/sweep'), undefined);
    }),
    { numRuns: 500 },
  );
});

test('a body that is truncated or has a changed byte is evaluated or rejected', async () => {
  await fc.assert(
    fc.asyncProperty(
      fitting,
      fc.nat(),
      fc.integer({ min: 32, max: 126 }),
      fc.boolean(),
      async (good, place, byte, cut) => {
        const body = JSON.stringify(good);
        const at = place % body.length;
        await checkDocumented(
          cut ? body.slice(0, at) : body.slice(0, at) + String.fromCharCode(byte) + body.slice(at + 1),
        );
      },
    ),
    { numRuns: 1000 },
  );
});

function shapeOf(value: unknown): number[] {
  return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : [];
}

function assertFinite(value: unknown): void {
  if (typeof value === 'number') assert.ok(Number.isFinite(value));
  else if (typeof value === 'object' && value !== null) Object.values(value).forEach(assertFinite);
}
