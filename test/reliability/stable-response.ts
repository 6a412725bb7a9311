import type { TimedResponse } from '../harness/connection.ts';
import { headerOf } from '../harness/connection.ts';

/** The parts of a response that are the same every time: all but request ids and durations. */
export function stableParts({ head, status, body }: TimedResponse): Buffer[] {
  const type = headerOf(head, 'content-type') ?? '';
  const jsonBytes = headerOf(head, 'inference-header-content-length');
  if (status !== 200) return [Buffer.from(withoutRequestId(body))];
  if (jsonBytes !== undefined) {
    const json = body.subarray(0, Number(jsonBytes));
    return [upTo(json, '"queue_ms":'), body.subarray(json.length)];
  }
  if (type.startsWith('application/json')) {
    return [upTo(upTo(body, '"duration_ms":'), '"queue_ms":')];
  }
  const dataStart = 8 + Number(body.readBigUInt64LE());
  const header = JSON.parse(body.toString('utf8', 8, dataStart));
  const response = JSON.parse(header.__metadata__.response);
  delete response.duration_ms;
  header.__metadata__.response = response;
  return [Buffer.from(JSON.stringify(header)), body.subarray(dataStart)];
}

export function sameParts(some: readonly Buffer[], others: readonly Buffer[]): boolean {
  return some.length === others.length && some.every((part, i) => part.equals(others[i]!));
}

/** The text before the durations, which are last. */
function upTo(text: Buffer, mark: string): Buffer {
  const at = text.lastIndexOf(mark);
  return at < 0 ? text : text.subarray(0, at);
}

function withoutRequestId(problem: Buffer): string {
  const { request_id: _, ...rest } = JSON.parse(problem.toString());
  return JSON.stringify(rest);
}
