import { readApiKey } from '../service/api-key.ts';
import { type Problem, ProblemError } from '../service/problem.ts';
import { parseMetrics } from './parse-metrics.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';

/** What else the page shows of the engine: part of the response of `GET /v1/engine`. */
export interface EngineDevice {
  readonly name: string;
  readonly device: string;
}

const TIMEOUT_MS = 10_000;

/** @throws {ProblemError} */
export async function readMetrics(signal: AbortSignal): Promise<Snapshot> {
  const text = await get('metrics', signal);
  const metrics = parseMetrics(text);
  const snapshot = metrics && readSnapshot(metrics, Date.now());
  if (!snapshot) throw new ProblemError(NO_METRICS);
  return snapshot;
}

/** @throws {ProblemError} */
export async function readEngineDevice(signal: AbortSignal): Promise<EngineDevice> {
  return JSON.parse(await get('v1/engine', signal)) as EngineDevice;
}

async function get(path: string, signal: AbortSignal): Promise<string> {
  const key = readApiKey();
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(path, {
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      cache: 'no-store',
      signal: AbortSignal.any([signal, timeout]),
    });
    const text = await response.text();
    if (!response.ok) throw new ProblemError(problemOf(response, text));
    return text;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError(timeout.aborted ? TOO_SLOW : UNREACHABLE);
  }
}

function problemOf({ status, statusText }: Response, text: string): Problem {
  const detail = `It responded with status ${status}${statusText ? ` (${statusText})` : ''}. A proxy may have sent that.`;
  const problem: Problem = { title: 'Unexpected response', status, detail, code: 'unexpected_response' };
  try {
    const parsed = JSON.parse(text) as Partial<Problem> | null;
    return typeof parsed?.detail === 'string' ? { ...problem, detail: parsed.detail } : problem;
  } catch {
    return problem;
  }
}

const UNREACHABLE: Problem = {
  title: 'The service is unreachable',
  status: 0,
  detail: 'The connection failed. Check that the service is running.',
  code: 'unreachable',
};

const TOO_SLOW: Problem = {
  title: 'The service is too slow',
  status: 0,
  detail: `It did not respond within ${TIMEOUT_MS / 1000} s.`,
  code: 'timeout',
};

const NO_METRICS: Problem = {
  title: 'No metrics',
  status: 200,
  detail: 'Its response has no metrics of this service. A proxy may have sent it.',
  code: 'unexpected_response',
};
