import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fleet, forecast, type Load, replicasNeeded } from '../../bench/capacity/model.ts';

// The model against closed forms that textbooks give for its special cases.

const near = (actual: number, expected: number, relative = 1e-9) =>
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} is not ${expected}`);

/** A replica that does one batch at one time. */
const one = (aloneMs: number, replicas = 1): Fleet => ({ aloneMs, maxPerSecond: 1000 / aloneMs, replicas });
const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));

test('one job never waits: a step is followed by a batch', () => {
  const { batchesPerSecond, utilisation } = forecast(one(10), { jobs: 1, stepMs: 90 });
  near(batchesPerSecond, 10);
  near(utilisation, 0.1);
});

test('M/M/1//N: the machine-repairman formula', () => {
  for (const { jobs, stepMs } of [
    { jobs: 2, stepMs: 10 },
    { jobs: 5, stepMs: 40 },
    { jobs: 12, stepMs: 25 },
  ]) {
    const r = 10 / stepMs;
    const states = Array.from({ length: jobs + 1 }, (_, n) => (factorial(jobs) / factorial(jobs - n)) * r ** n);
    const idle = 1 / states.reduce((a, b) => a + b);
    const { utilisation, batchesPerSecond } = forecast(one(10), { jobs, stepMs });
    near(utilisation, 1 - idle);
    near(batchesPerSecond, (1 - idle) * 100);
  }
});

test('M/M/c//N: two repairmen, by the binomial formula', () => {
  const [jobs, replicas, r] = [6, 2, 0.25];
  const weight = (n: number) =>
    n <= replicas
      ? (factorial(jobs) / (factorial(n) * factorial(jobs - n))) * r ** n
      : (factorial(jobs) / (factorial(jobs - n) * factorial(replicas) * replicas ** (n - replicas))) * r ** n;
  const weights = Array.from({ length: jobs + 1 }, (_, n) => weight(n));
  const total = weights.reduce((a, b) => a + b);
  const busy = weights.reduce((sum, w, n) => sum + Math.min(n, replicas) * w, 0) / total;
  const { utilisation, batchesPerSecond } = forecast(one(10, replicas), { jobs, stepMs: 40 });
  near(utilisation, busy / replicas);
  near(batchesPerSecond, 100 * busy);
});

test('a replica for each job: who is busy is binomial', () => {
  near(forecast(one(10, 8), { jobs: 8, stepMs: 30 }).utilisation, 0.25);
});

test('asymptotic bounds of closed networks hold, and are met at either end', () => {
  for (const fleet of [one(10), one(10, 3), { aloneMs: 10, maxPerSecond: 170, replicas: 2 }]) {
    const most = fleet.maxPerSecond * fleet.replicas;
    for (const jobs of [1, 2, 5, 20, 100, 2000]) {
      const load: Load = { jobs, stepMs: 50 };
      const { batchesPerSecond } = forecast(fleet, load);
      assert.ok(batchesPerSecond <= Math.min(most, jobs / 0.06) * (1 + 1e-12));
    }
    near(forecast(fleet, { jobs: 2000, stepMs: 50 }).batchesPerSecond, most, 1e-6);
    near(forecast(fleet, { jobs: 1, stepMs: 50 }).batchesPerSecond, 1000 / 60);
  }
});

test('cores that replicas share bound them all', () => {
  const fleet = { aloneMs: 10, maxPerSecond: 100, replicas: 3, sharedMaxPerSecond: 150 };
  near(forecast(fleet, { jobs: 500, stepMs: 20 }).batchesPerSecond, 150, 1e-6);
});

test('the replicas that are needed are no busier than allowed, and one fewer would be', () => {
  const throughput = { aloneMs: 10, maxPerSecond: 130 };
  const utilisation = (replicas: number, load: Load) => forecast({ ...throughput, replicas }, load).utilisation;
  for (const jobs of [1, 8, 64, 300]) {
    const load = { jobs, stepMs: 100 };
    const replicas = replicasNeeded(throughput, load, 0.6);
    assert.ok(utilisation(replicas, load) <= 0.6);
    if (replicas > 1) assert.ok(utilisation(replicas - 1, load) > 0.6);
  }
});
