import { type InferenceBody, type InferenceService, startInferenceService } from './inference-service.ts';

/** A service with shared memory, as its clients call it. */
export interface RegionService extends InferenceService {
  register(name: string, place: object): Promise<RegionReply>;
  unregister(name?: string): Promise<RegionReply>;
  status(name?: string): Promise<RegionReply>;
}

export interface RegionReply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a response is any JSON that the service sent; tests read its fields.
  readonly body: any;
}

export async function startRegionService(...flags: string[]): Promise<RegionService> {
  const service = await startInferenceService('--shared-memory', 'on', ...flags);
  return { ...service, ...regionCalls(service.url) };
}

export function regionCalls(url: string): Pick<RegionService, 'register' | 'unregister' | 'status'> {
  const path = (name?: string) => (name === undefined ? '' : `/region/${encodeURIComponent(name)}`);
  const call = async (action: string, name?: string, init: RequestInit = {}): Promise<RegionReply> => {
    const response = await fetch(`${url}/v2/systemsharedmemory${path(name)}/${action}`, init);
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    register: (name, place) => call('register', name, { method: 'POST', body: JSON.stringify(place) }),
    unregister: (name) => call('unregister', name, { method: 'POST' }),
    status: (name) => call('status', name),
  };
}

/** The parameters of a tensor in a region. */
export function inRegion(name: string, size: number, offset?: number) {
  return {
    shared_memory_region: name,
    shared_memory_byte_size: size,
    ...(offset !== undefined && { shared_memory_offset: offset }),
  };
}

export function jsonBody(request: object): InferenceBody {
  return { body: Buffer.from(JSON.stringify(request)) };
}
