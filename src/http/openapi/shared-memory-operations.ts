import { emptyResponse, inferenceProblemResponses, jsonResponse, schemaRef } from './response-descriptions.ts';

// Descriptions of the routes of Triton's shared memory extensions.

export type SharedMemoryKind = 'system' | 'cuda';
export type SharedMemoryAction = 'status' | 'register' | 'unregister';

const EXAMPLE_STATUS = [{ name: 'batch', key: '/batch', offset: 0, byte_size: 64_000_000 }];

const SUMMARIES = {
  status: { one: 'A region of shared memory', all: 'All regions of shared memory' },
  register: { one: 'Register a region of shared memory', all: '' },
  unregister: { one: 'Unregister a region of shared memory', all: 'Unregister all regions of shared memory' },
};

const CUDA = 'This service has no CUDA shared memory: nothing is registered, and nothing can be.';
const SYSTEM: Readonly<Record<SharedMemoryAction, string>> = {
  status:
    'The regions by which inputs and outputs of `infer` may lie in shared memory. An error unless SHARED_MEMORY is on.',
  register:
    'The key names a POSIX shared memory object that the client has made. The service opens it and reads and writes it by ' +
    "position. Its mode has to permit the service's own user to read and write it.",
  unregister: 'Requests that use the region are still finished. It is no error if the region is not registered.',
};

export function sharedMemoryOperation(kind: SharedMemoryKind, action: SharedMemoryAction, which: 'one' | 'all') {
  const name = `${kind === 'cuda' ? 'Cuda' : 'System'}SharedMemoryRegion${which === 'all' ? 's' : ''}`;
  const verb = action === 'status' ? 'describe' : action;
  return {
    operationId: `${verb}${name}`,
    summary: SUMMARIES[action][which].replace('shared', kind === 'cuda' ? 'CUDA shared' : 'shared'),
    description: kind === 'cuda' ? CUDA : SYSTEM[action],
    tags: ['open inference'],
    ...(which === 'one' && {
      params: { type: 'object', properties: { region: { type: 'string', description: "The region's name." } } },
    }),
    ...(action === 'register' &&
      kind === 'system' && { body: { content: { 'application/json': { schema: schemaRef('SharedMemoryRegion') } } } }),
    response: {
      200:
        action === 'status'
          ? jsonResponse('The regions.', 'SharedMemoryStatus', 'One region', kind === 'cuda' ? [] : EXAMPLE_STATUS)
          : emptyResponse('Done.'),
      ...inferenceProblemResponses(...errorsOf(kind, action, which)),
    },
  };
}

function errorsOf(kind: SharedMemoryKind, action: SharedMemoryAction, which: 'one' | 'all') {
  const common = ['unauthorized', 'invalid_request', 'internal'] as const;
  if (action === 'status') return [...common, ...(which === 'one' ? (['not_found'] as const) : [])];
  // That of CUDA reads no body.
  if (action === 'unregister' || kind === 'cuda') return [...common, 'cross_site_request'] as const;
  return [
    ...common,
    'cross_site_request',
    'malformed_body',
    'body_too_large',
    'request_timeout',
    'shutting_down',
  ] as const;
}
