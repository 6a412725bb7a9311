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
  const { batchesPerSecond, latencyMs, utilisation, waiting, p99WaitMs, slowdown } = forecast(one(10), {
    jobs: 1,
    stepMs: 90,
  });
  near(latencyMs, 10);
  near(batchesPerSecond, 10);
  near(utilisation, 0.1);
  near(slowdown, 100 / 90);
  assert.deepEqual([waiting, p99WaitMs], [0, 0]);
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
    const { utilisation, batchesPerSecond, latencyMs } = forecast(one(10), { jobs, stepMs });
    near(utilisation, 1 - idle);
    near(batchesPerSecond, (1 - idle) * 100);
    near(latencyMs, (jobs * 10) / (1 - idle) - stepMs);
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
  const mean = weights.reduce((sum, w, n) => sum + n * w, 0) / total;
  const busy = weights.reduce((sum, w, n) => sum + Math.min(n, replicas) * w, 0) / total;
  const forecasted = forecast(one(10, replicas), { jobs, stepMs: 40 });
  near(forecasted.utilisation, busy / replicas);
  near(forecasted.waiting, mean - busy);
  near(forecasted.latencyMs, (10 * mean) / busy);
});

test('a replica for each job: nobody waits, and who is busy is binomial', () => {
  const { utilisation, p99WaitMs, latencyMs } = forecast(one(10, 8), { jobs: 8, stepMs: 30 });
  near(utilisation, 0.25);
  near(latencyMs, 10);
  assert.equal(p99WaitMs, 0);
});

test('many jobs with long steps are an open M/M/1: latency and the quantile of its wait', () => {
  // Arrivals at 0.8 of what one server does; the error falls with the number of jobs.
  const jobs = 40_000;
  const { latencyMs, waiting, p99WaitMs } = forecast(one(10), { jobs, stepMs: (jobs * 10) / 0.8 - 50 });
  near(latencyMs, 10 / (1 - 0.8), 0.005);
  near(waiting, 0.8 ** 2 / (1 - 0.8), 0.01);
  near(p99WaitMs, (10 / (1 - 0.8)) * Math.log(0.8 / 0.01), 0.005);
});

test('asymptotic bounds of closed networks hold, and are met at either end', () => {
  for (const fleet of [one(10), one(10, 3), { aloneMs: 10, maxPerSecond: 170, replicas: 2 }]) {
    const most = fleet.maxPerSecond * fleet.replicas;
    for (const jobs of [1, 2, 5, 20, 100, 2000]) {
      const load: Load = { jobs, stepMs: 50 };
      const { batchesPerSecond, latencyMs } = forecast(fleet, load);
      assert.ok(batchesPerSecond <= Math.min(most, jobs / 0.06) * (1 + 1e-12));
      assert.ok(latencyMs >= Math.max(10, (1000 * jobs) / most - 50) * (1 - 1e-12));
    }
    near(forecast(fleet, { jobs: 2000, stepMs: 50 }).batchesPerSecond, most, 1e-6);
    near(forecast(fleet, { jobs: 1, stepMs: 50 }).batchesPerSecond, 1000 / 60);
  }
});

test('cores that replicas share bound them all', () => {
  const fleet = { aloneMs: 10, maxPerSecond: 100, replicas: 3, sharedMaxPerSecond: 150 };
  near(forecast(fleet, { jobs: 500, stepMs: 20 }).batchesPerSecond, 150, 1e-6);
});

test('the replicas that are needed keep the wait, and one fewer would not', () => {
  const throughput = { aloneMs: 10, maxPerSecond: 130 };
  for (const jobs of [1, 8, 64, 300]) {
    const load = { jobs, stepMs: 100 };
    const replicas = replicasNeeded(throughput, load, 5);
    assert.ok(forecast({ ...throughput, replicas }, load).p99WaitMs <= 5);
    if (replicas > 1) assert.ok(forecast({ ...throughput, replicas: replicas - 1 }, load).p99WaitMs > 5);
  }
});
