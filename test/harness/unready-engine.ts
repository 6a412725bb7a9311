import type { Engine } from '../../src/engine/engine.ts';

/** An engine that never gets ready, for services of which only the other parts matter. */
export const unreadyEngine: Engine = {
  ready: new Promise(() => {}),
  info: undefined,
  isIdle: false,
  checkCapacity() {},
  enterQueue: () => ({ leave() {} }),
  retryAfterSeconds: 1,
  failed: new Promise(() => {}),
  stats: { waiting: 0, restarts: 0, memoryBytes: 0, tensors: 0, tensorBytes: 0 },
  evaluateInline: () => undefined,
  evaluate: () => Promise.reject(new Error('this engine evaluates nothing')),
  close: () => Promise.resolve(),
};
