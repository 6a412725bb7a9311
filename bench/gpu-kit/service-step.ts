import { startServiceWith } from '../../test/harness/service-process.ts';
import { checkGolden, goldenCases } from '../../test/helpers/golden.ts';
import type { Outcome, Step } from './step.ts';

/** A GPU that is emulated in software compiles the programs of the self-test for a minute, twice. */
const READY_WITHIN_MS = 600_000;
/** The longest that the settings allow. */
const REQUEST_TIMEOUT_MS = '3600000';

interface EngineInfo {
  readonly name: string;
  readonly device: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly self_test: { readonly cases: number; readonly worst_relative_error: number };
}

/** The built service on `webgpu`: its self-test, and requests whose responses are known to 60 digits. */
export const serviceStep: Step = {
  name: 'service',
  title: 'The service: self-test and 60-digit values over HTTP',
  async run() {
    const start = performance.now();
    const service = await startServiceWith(
      { readyWithinMs: READY_WITHIN_MS, stdout: 'pipe' },
      '--engine',
      'webgpu',
      '--request-timeout-ms',
      REQUEST_TIMEOUT_MS,
    );
    const readyMs = performance.now() - start;
    try {
      return await check(`http://127.0.0.1:${service.address}`, readyMs);
    } finally {
      await service.stop();
    }
  },
};

async function check(url: string, readyMs: number): Promise<Outcome> {
  const engine = (await (await fetch(`${url}/v1/engine`)).json()) as EngineInfo;
  const failures: string[] = [];
  for (const golden of goldenCases) {
    await checkGolden(golden, (request) => focalLoss(url, request)).catch((error: Error) =>
      failures.push(`${golden.name}: ${error.message}`),
    );
  }
  const { cases, worst_relative_error: worst } = engine.self_test;
  const text = [
    `${engine.name} on ${engine.device}, ready after ${(readyMs / 1000).toFixed(1)} s.`,
    `Self-test: ${cases} cases, worst relative error ${worst.toExponential(1)}.`,
    `60-digit values: ${goldenCases.length - failures.length} of ${goldenCases.length} requests are right.`,
    ...failures.map((failure) => `- ${failure}`),
  ].join('\n');
  return { passed: engine.name === 'webgpu' && failures.length === 0, text, figures: { readyMs, engine, failures } };
}

async function focalLoss(url: string, request: object): Promise<unknown> {
  const response = await fetch(`${url}/v1/focal-loss`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(body)}`);
  return body;
}
