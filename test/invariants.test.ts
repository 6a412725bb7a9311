import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { flat, type Nested } from './helpers/engine/request-batches.ts';
import { FORMATS } from './helpers/http/request-formats.ts';
import { type Json, startTestService } from './helpers/service.ts';

// What holds for every batch and all options, of batches that fast-check makes: how a batch is divided, ordered or sent does not
// change its results.

const service = await startTestService();
const RUNS = { numRuns: 15 };
/** Of totals of few float32 numbers, and of numbers whose terms are added in another order. */
const RELATIVE = 2e-6;

interface Request {
  readonly logits: number[][];
  readonly labels: number[] | number[][];
  readonly sample_weights: number[];
  readonly class_weights: number[];
  readonly gamma: number[];
  readonly alpha: number[] | null;
  readonly activation: 'sigmoid' | 'softmax';
}

const number = (min: number, max: number) => fc.integer({ min: 64 * min, max: 64 * max }).map((value) => value / 64);

/** Batches of 2 to 9 samples of 2 to 5 classes, with class indices or dense labels, some of which are ignored. */
const requests: fc.Arbitrary<Request> = fc
  .record({
    samples: fc.integer({ min: 2, max: 9 }),
    classes: fc.integer({ min: 2, max: 5 }),
    activation: fc.constantFrom('sigmoid' as const, 'softmax' as const),
    isDense: fc.boolean(),
    hasAlpha: fc.boolean(),
  })
  .chain(({ samples, classes, activation, isDense, hasAlpha }) => {
    const perSample = <Value>(value: fc.Arbitrary<Value>) =>
      fc.array(value, { minLength: samples, maxLength: samples });
    const perClass = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { minLength: classes, maxLength: classes });
    const index = fc.oneof({ weight: 6, arbitrary: fc.nat({ max: classes - 1 }) }, fc.constant(-100));
    const dense = activation === 'sigmoid' ? perClass(fc.constantFrom(0, 1, 0.25, -100)) : oneHot(classes);
    return fc.record({
      logits: perSample(perClass(number(-12, 12))),
      labels: isDense ? perSample(dense) : perSample(index),
      sample_weights: perSample(number(0, 3)),
      class_weights: perClass(number(0, 3)),
      gamma: perClass(number(0, 5)),
      alpha: hasAlpha ? perClass(number(0, 1)) : fc.constant(null),
      activation: fc.constant(activation),
    }) as fc.Arbitrary<Request>;
  });

function oneHot(classes: number): fc.Arbitrary<number[]> {
  return fc.nat({ max: classes - 1 }).map((label) => Array.from({ length: classes }, (_, c) => Number(c === label)));
}

const OPTIONS = { reduction: 'sum', outputs: ['loss', 'gradients', 'per_class'], warnings: false };
const evaluate = (request: object) => service.focalLoss({ ...OPTIONS, ...request });

const choose = <Value>(values: readonly Value[], order: readonly number[]) => order.map((i) => values[i]!);

function ofSamples(request: Request, samples: readonly number[]): Request {
  const { logits, labels, sample_weights } = request;
  return {
    ...request,
    logits: choose(logits, samples),
    labels: choose<number | number[]>(labels, samples) as Request['labels'],
    sample_weights: choose(sample_weights, samples),
  };
}

function ofClasses(request: Request, order: readonly number[]): Request {
  const { logits, labels, class_weights, gamma, alpha } = request;
  return {
    ...request,
    logits: logits.map((row) => choose(row, order)),
    labels: labels.map((label) =>
      Array.isArray(label) ? choose(label, order) : label < 0 ? label : order.indexOf(label),
    ) as Request['labels'],
    class_weights: choose(class_weights, order),
    gamma: choose(gamma, order),
    alpha: alpha && choose(alpha, order),
  };
}

/** Compares numbers, relative to the largest of them: near a root, terms cancel. */
function assertClose(actual: Nested, expected: Nested, what: string): void {
  const [numbers, others] = [flat(actual), flat(expected)];
  assert.equal(numbers.length, others.length, what);
  const scale = Math.max(1e-30, ...others.map(Math.abs));
  numbers.forEach((value, i) => {
    assert.ok(Math.abs(value - others[i]!) <= RELATIVE * scale, `${what} ${i}: ${value}, and ${others[i]}`);
  });
}

const orderOf = (length: number) => Array.from({ length }, (_, i) => i);
const totals = ({ per_class }: Json): number[] =>
  per_class.flatMap((c: Json) => [
    c.positives,
    c.negatives,
    c.ignored,
    c.loss.total,
    c.cross_entropy.total,
    c.gradient_l1.total,
  ]);

test('the parts of a batch add up to it, and their gradients are its own', async () => {
  await fc.assert(
    fc.asyncProperty(requests, fc.nat(), async (request, cut) => {
      const all = orderOf(request.logits.length);
      const at = 1 + (cut % (all.length - 1));
      const whole = await evaluate(request);
      const parts = [
        await evaluate(ofSamples(request, all.slice(0, at))),
        await evaluate(ofSamples(request, all.slice(at))),
      ];
      assertClose(
        parts.flatMap(({ gradients }) => gradients),
        whole.gradients,
        'gradient',
      );
      assertClose(
        parts.reduce((sum, { loss }) => sum + loss, 0),
        whole.loss,
        'loss',
      );
      const added = totals(whole).map((_, i) => parts.reduce((sum, part) => sum + totals(part)[i]!, 0));
      added.forEach((total, i) => {
        assertClose(total, totals(whole)[i]!, 'total');
      });
    }),
    RUNS,
  );
});

test('the order of the samples, and that of the classes, changes only the order of the results', async () => {
  await fc.assert(
    fc.asyncProperty(requests, fc.infiniteStream(fc.nat()), async (request, random) => {
      const whole = await evaluate(request);
      const shuffled = (length: number) =>
        orderOf(length)
          .map((i) => ({ i, key: random.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ i }) => i);

      const samples = shuffled(request.logits.length);
      const bySample = await evaluate(ofSamples(request, samples));
      assertClose(bySample.gradients, choose<Nested>(whole.gradients, samples), 'gradient');
      assertClose(bySample.loss, whole.loss, 'loss');

      const classes = shuffled(request.gamma.length);
      const byClass = await evaluate(ofClasses(request, classes));
      const expected = whole.gradients.map((row: number[]) => choose(row, classes));
      assertClose(byClass.gradients, expected, 'gradient');
      assertClose(byClass.loss, whole.loss, 'loss');
      assertClose(
        byClass.per_class.map((c: Json) => c.loss.total),
        choose(whole.per_class, classes).map((c: Json) => c.loss.total),
        'loss of a class',
      );
    }),
    RUNS,
  );
});

test('each point of a sweep is the batch under that gamma and alpha', async () => {
  await fc.assert(
    fc.asyncProperty(requests, fc.array(number(0, 5), { minLength: 1, maxLength: 3 }), async (request, gammas) => {
      const { gamma: _, alpha: given, ...batch } = request;
      const alphas = [null, 0.25, ...(given ? [given] : [])];
      const { body } = await service.http
        .post('/v1/focal-loss/sweep')
        .send({ ...batch, reduction: 'sum', gammas, alphas })
        .expect(200);
      const points = gammas.flatMap((gamma) => alphas.map((alpha) => ({ gamma, alpha })));
      assert.equal(body.grid.length, points.length);
      for (const [i, point] of points.entries()) {
        assertClose(body.grid[i].loss, (await evaluate({ ...batch, ...point })).loss, JSON.stringify(point));
      }
    }),
    { numRuns: 6 },
  );
});

test('every format has the same results', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const { alpha, ...others } = request;
      // Formats of tensors have no list of null.
      const sent = { ...others, ...(alpha && { alpha }), reduction: 'sum', outputs: ['loss', 'gradients'] };
      const expected = await service.focalLoss(sent);
      for (const [format, send] of Object.entries(FORMATS)) {
        const { status, body } = await send(service, sent);
        assert.equal(status, 200, `${format}: ${JSON.stringify(body)}`);
        const output = (name: string) => body[name] ?? body.outputs.find((tensor: Json) => tensor.name === name).data;
        assert.deepEqual(flat(output('gradients')), flat(expected.gradients), format);
        assert.deepEqual([output('loss')].flat(), [expected.loss], format);
      }
    }),
    RUNS,
  );
});
