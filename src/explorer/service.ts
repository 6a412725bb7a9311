import type { Problem } from './answer.ts';
import { apiKey } from './api-key.ts';

/** The service refused, or could not be reached. */
export class Refusal extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export interface Call {
  readonly path: string;
  readonly type: string;
  readonly body: Blob;
  /** When it fires nothing more is heard of the call: its promise stays pending. */
  readonly signal: AbortSignal;
  /** Of the body, from 0 to 1. */
  readonly onUpload?: (sent: number) => void;
}

/**
 * Posts a batch. XMLHttpRequest, because it tells how much of the body has been sent.
 *
 * @throws {Refusal}
 */
export function post<Answer>({ path, type, body, signal, onUpload }: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('content-type', type);
    request.setRequestHeader('accept', 'application/json');
    const key = apiKey();
    if (key !== null) request.setRequestHeader('authorization', `Bearer ${key}`);
    if (onUpload) {
      request.upload.onprogress = ({ loaded, total }) => onUpload(total > 0 ? loaded / total : 1);
    }
    request.onload = () => {
      const answer = readAnswer(request);
      if (request.status === 200) resolve(answer as Answer);
      else reject(new Refusal(answer as Problem));
    };
    request.onerror = () => reject(new Refusal(UNREACHABLE));
    signal.addEventListener('abort', () => request.abort());
    request.send(body);
  });
}

const UNREACHABLE: Problem = {
  title: 'The service could not be reached',
  status: 0,
  detail: 'The connection failed or was cut off before an answer came.',
  code: 'unreachable',
};

/** Something between the page and the service may answer in words of its own. */
function readAnswer({ status, statusText, responseText }: XMLHttpRequest): unknown {
  try {
    return JSON.parse(responseText);
  } catch {
    const detail = `An answer that is not the service's came, with status ${status}.`;
    return { title: statusText || 'Not an answer of this service', status, detail, code: 'foreign_answer' };
  }
}
