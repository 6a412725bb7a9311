import type { FastifyInstance, FastifyRequest } from 'fastify';
import { SHARED_MEMORY_IS_OFF } from '../../codecs/open-inference/inference-regions.ts';
import { ServiceError } from '../../core/service-error.ts';
import type { Region } from '../../core/shared-memory/region.ts';
import type { RegionStore } from '../../core/shared-memory/region-store.ts';
import { shorten } from '../../core/shorten.ts';
import { sharedMemoryOperation } from '../openapi/shared-memory-operations.ts';
import { type RegionRequestLimits, type RegionStatus, readRegionPlace } from '../region-request.ts';
import { ignoreContentType } from '../request-body.ts';

// Triton's shared memory extensions, in its words where it has some:
// https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_shared_memory.md

type RegionRequest = FastifyRequest<{ Params: { region: string } }>;

/** @param regions undefined: SHARED_MEMORY is off, and every route says so */
export function registerSharedMemory(
  app: FastifyInstance,
  regions: RegionStore | undefined,
  limits: RegionRequestLimits,
): void {
  const store = (): RegionStore => {
    if (regions) return regions;
    throw new ServiceError('invalid_request', SHARED_MEMORY_IS_OFF);
  };
  registerSystemRoutes(app, store, limits);
  registerCudaRoutes(app, store);
}

function registerSystemRoutes(app: FastifyInstance, store: () => RegionStore, limits: RegionRequestLimits): void {
  const all = '/v2/systemsharedmemory';
  const one = `${all}/region/:region`;
  app.get(`${all}/status`, { schema: sharedMemoryOperation('system', 'status', 'all') }, async () =>
    store().list().map(describeRegion),
  );
  app.get(`${one}/status`, { schema: sharedMemoryOperation('system', 'status', 'one') }, async (request) => [
    describeRegion(store().find((request as RegionRequest).params.region)),
  ]);
  app.post(
    `${one}/register`,
    { schema: sharedMemoryOperation('system', 'register', 'one'), onRequest: ignoreContentType },
    async (request, reply) => {
      const { region } = (request as RegionRequest).params;
      const target = store();
      const place = await readRegionPlace(request.raw, limits);
      target.register(region, place);
      const { key, offset, byteSize } = place;
      request.log.info(
        { region: shorten(region), key, offset, byte_size: byteSize },
        'shared memory region registered',
      );
      return reply.send();
    },
  );
  const unregister = { schema: sharedMemoryOperation('system', 'unregister', 'one'), onRequest: ignoreContentType };
  app.post(`${one}/unregister`, unregister, async (request, reply) => {
    const { region } = (request as RegionRequest).params;
    if (store().unregister(region)) request.log.info({ region: shorten(region) }, 'shared memory region unregistered');
    return reply.send();
  });
  const unregisterAll = { schema: sharedMemoryOperation('system', 'unregister', 'all'), onRequest: ignoreContentType };
  app.post(`${all}/unregister`, unregisterAll, async (request, reply) => {
    const count = store().unregisterAll();
    if (count > 0) request.log.info({ regions: count }, 'shared memory regions unregistered');
    return reply.send();
  });
}

/** As of a Triton without GPUs, on which clients may ask for the state and unregister all, as its examples do at their start. */
function registerCudaRoutes(app: FastifyInstance, store: () => RegionStore): void {
  const all = '/v2/cudasharedmemory';
  const one = `${all}/region/:region`;
  const nameOf = (request: FastifyRequest) => shorten((request as RegionRequest).params.region);
  app.get(
    `${all}/status`,
    { schema: sharedMemoryOperation('cuda', 'status', 'all') },
    async (): Promise<RegionStatus> => {
      store();
      return [];
    },
  );
  app.get(`${one}/status`, { schema: sharedMemoryOperation('cuda', 'status', 'one') }, async (request) => {
    store();
    throw new ServiceError('not_found', `Unable to find cuda shared memory region: '${nameOf(request)}'`);
  });
  const register = { schema: sharedMemoryOperation('cuda', 'register', 'one'), onRequest: ignoreContentType };
  app.post(`${one}/register`, register, async (request) => {
    store();
    const message = `failed to register CUDA shared memory region: '${nameOf(request)}', GPUs not supported`;
    throw new ServiceError('invalid_request', message);
  });
  for (const [path, which] of [
    [all, 'all'],
    [one, 'one'],
  ] as const) {
    const unregister = { schema: sharedMemoryOperation('cuda', 'unregister', which), onRequest: ignoreContentType };
    app.post(`${path}/unregister`, unregister, async (_request, reply) => {
      store();
      return reply.send();
    });
  }
}

function describeRegion({ name, key, offset, byteSize }: Region): RegionStatus[number] {
  return { name, key, offset, byte_size: byteSize };
}
