import { readApiKey } from './api-key.ts';
import { type Problem, ProblemError } from './problem.ts';

export interface BatchRequest {
  readonly path: string;
  readonly type: string;
  readonly body: Blob;
  /** Cancels the request. Its promise then stays pending. */
  readonly signal: AbortSignal;
  /** Reports which share of the body has been sent, from 0 to 1. */
  readonly onUpload?: (share: number) => void;
}

/**
 * Posts a batch. XMLHttpRequest reports the progress of an upload, which `fetch` does not.
 *
 * @throws {ProblemError}
 */
export function postBatch<ResponseBody>({ path, type, body, signal, onUpload }: BatchRequest): Promise<ResponseBody> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('content-type', type);
    request.setRequestHeader('accept', 'application/json');
    const key = readApiKey();
    if (key !== null) request.setRequestHeader('authorization', `Bearer ${key}`);
    if (onUpload) {
      request.upload.onprogress = ({ loaded, total }) => onUpload(total > 0 ? loaded / total : 1);
    }
    request.onload = () => {
      const response = parseBody(request);
      if (request.status === 200) resolve(response as ResponseBody);
      else reject(new ProblemError(response as Problem));
    };
    request.onerror = () => reject(new ProblemError(UNREACHABLE));
    signal.addEventListener('abort', () => request.abort());
    request.send(body);
  });
}

const UNREACHABLE: Problem = {
  title: 'The service is unreachable',
  status: 0,
  detail: 'The connection failed, or was closed before the response arrived. Check that the service is running.',
  code: 'unreachable',
};

/** A proxy between the page and the service may respond with something other than JSON. */
function parseBody({ status, statusText, responseText }: XMLHttpRequest): unknown {
  try {
    return JSON.parse(responseText);
  } catch {
    const detail = `Expected JSON from the service, got something else with status ${status}. A proxy may have sent it.`;
    return { title: statusText || 'Unexpected response', status, detail, code: 'unexpected_response' };
  }
}
