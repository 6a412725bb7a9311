import { Connection, post, timeRequest } from '../test/harness/connection.ts';
import { startService } from '../test/harness/service-process.ts';
import { makeNumbers } from './batches.ts';
import { SAFETENSORS, safetensorsBody } from './binary-bodies.ts';
import { interleave } from './harness/interleave.ts';
import { type Benchmark, ratioTarget, type Section } from './harness/report.ts';
import { THREADS } from './harness/threads.ts';
import { timingTable } from './harness/timing-table.ts';
import { unlessToy } from './harness/toy.ts';

const SAMPLES = unlessToy(12_500, 50);
const CLASSES = 80;
const GAMMAS = [0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5];
const ALPHAS = [null, 0.1, 0.25, 0.5, 0.75];
const POINTS = GAMMAS.length * ALPHAS.length;

const SWEEP = 'one sweep';
const SINGLE = `${POINTS} single requests`;
const SOFT_SWEEP = 'one sweep, labels smoothed';
const SOFT_SINGLE = `${POINTS} single requests, labels smoothed`;

/** A grid over one batch: in one sweep, and in as many requests. */
export const sweep: Benchmark = {
  name: 'sweep',
  title: `Sweep: ${GAMMAS.length} gammas × ${ALPHAS.length} alphas over ${SAMPLES} × ${CLASSES}`,
  run: measure,
};

async function measure(): Promise<Section> {
  const numbers = makeNumbers(SAMPLES, CLASSES);
  const service = await startService('--engine-threads', String(THREADS));
  const connection = await Connection.open(service.address);
  const grid = { gammas: JSON.stringify(GAMMAS), alphas: JSON.stringify(ALPHAS) };
  const pairs = GAMMAS.flatMap((gamma) => ALPHAS.map((alpha) => ({ gamma: `${gamma}`, alpha: `${alpha}` })));
  const inOne = (name: string, options: Record<string, string>) => {
    const request = post(
      '/v1/focal-loss/sweep',
      SAFETENSORS,
      safetensorsBody(numbers, 'F32', { ...grid, ...options }),
      {
        Accept: 'application/json',
      },
    );
    return { name, run: () => timeRequest(connection, request) };
  };
  const oneByOne = (name: string, options: Record<string, string>) => {
    const outputs = '["loss", "per_class"]';
    const requests = pairs.map((pair) =>
      post('/v1/focal-loss', SAFETENSORS, safetensorsBody(numbers, 'F32', { ...pair, outputs, ...options })),
    );
    const run = async () => {
      let total = 0;
      for (const request of requests) total += await timeRequest(connection, request);
      return total;
    };
    return { name, run };
  };
  const smoothed = { label_smoothing: '0.1' };
  const contenders = [
    inOne(SWEEP, {}),
    oneByOne(SINGLE, {}),
    inOne(SOFT_SWEEP, smoothed),
    oneByOne(SOFT_SINGLE, smoothed),
  ];
  const times = await interleave(contenders, { rounds: 15, warmUp: 1, budgetMs: 120_000 });
  connection.close();
  await service.stop();

  return {
    targets: [ratioTarget('faster than single requests', times.ratio(SINGLE, SWEEP), 3, '≥')],
    tables: [timingTable(times, SWEEP)],
    notes: [
      `The service is a process of its own (\`dist/main.js\`, log discarded, ${THREADS} engine threads). The client sends prepared ` +
        'safetensors files over one kept-alive TCP socket on this machine. Single requests ask for the loss and the ' +
        'breakdown, and each is sent when the response to the one before is complete.',
      'Labels are class indices under sigmoid, so alpha is only a factor, and a sweep evaluates each gamma once. With ' +
        'smoothed labels alpha is more than a factor: each sum then has two or three parts, by label.',
    ],
    versions: {},
  };
}
