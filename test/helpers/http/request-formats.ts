import { flat } from '../engine/request-batches.ts';
import { inferenceBody } from '../inference-body.ts';
import { npzFile } from '../npz-file.ts';
import type { Json, TestService } from '../service.ts';
import { type FileTensor, tensorFile } from '../tensor-file.ts';

// The same request in every format, with JSON in the response.

type Request = Readonly<Record<string, unknown>>;

export interface FormatResponse {
  readonly status: number;
  readonly body: Json;
}

export const FORMATS: Readonly<Record<string, (service: TestService, request: Request) => Promise<FormatResponse>>> = {
  JSON: ({ url }, request) => post(url, '/v1/focal-loss', 'application/json', Buffer.from(JSON.stringify(request))),

  safetensors({ url }, request) {
    const { tensors, options } = split(request);
    return post(url, '/v1/focal-loss', 'application/vnd.safetensors', tensorFile(tensors, texts(options)));
  },

  npz({ url }, request) {
    const { tensors, options } = split(request);
    return post(url, '/v1/focal-loss', 'application/x-npz', npzFile(tensors, texts(options)));
  },

  async 'Open Inference'({ url }, request) {
    const { tensors, options } = split(request);
    const inputs = Object.entries(tensors).map(([name, { dtype, shape, values }]) => {
      const datatype = ({ F32: 'FP32', F64: 'FP64', I64: 'INT64' } as const)[dtype as 'F32' | 'F64' | 'I64'];
      return [name, { datatype, shape, values, binary: false }] as const;
    });
    const { body } = inferenceBody(Object.fromEntries(inputs), { parameters: texts(options) });
    const response = await post(url, '/v2/models/focal-loss/infer', 'application/json', body);
    const echoed = response.body.parameters?.options;
    return echoed ? { ...response, body: { ...response.body, options: JSON.parse(echoed) } } : response;
  },
};

async function post(url: string, path: string, type: string, body: Buffer): Promise<FormatResponse> {
  const headers = { 'content-type': type, accept: 'application/json, application/problem+json' };
  const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: new Uint8Array(body) });
  return { status: response.status, body: (await response.json()) as Json };
}

/** What formats of tensors send as tensors: arrays, also those of a side of gamma. The rest are options. */
export function split(request: Request): { tensors: Readonly<Record<string, FileTensor>>; options: Request } {
  const tensors: Record<string, FileTensor> = {};
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(request)) {
    if (name === 'gamma' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const sides = Object.entries(value);
      if (!sides.some(([, side]) => Array.isArray(side))) options.gamma = value;
      else for (const [side, given] of sides) tensors[`gamma.${side}`] = tensorOf('F64', [given].flat());
    } else if (!Array.isArray(value) || name === 'outputs') options[name] = value;
    else tensors[name] = tensorOf(dtypeOf(name, value), value);
  }
  return { tensors, options };
}

function dtypeOf(name: string, value: readonly unknown[]): 'F32' | 'F64' | 'I64' {
  if (name === 'labels' && !Array.isArray(value[0])) return 'I64';
  return name === 'logits' || name === 'labels' ? 'F32' : 'F64';
}

function tensorOf(dtype: FileTensor['dtype'], value: readonly unknown[]): FileTensor {
  const shape: number[] = [];
  for (let part: unknown = value; Array.isArray(part); part = part[0]) shape.push(part.length);
  return { dtype, shape, values: flat(value as number[]) };
}

/** Words as they are, everything else as JSON. */
function texts(options: Request): Record<string, string> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
