import { Counter, Gauge, type Registry } from 'prom-client';
import { SERVICE_VERSION } from '../core/version.ts';
import type { Engine } from '../engine/engine.ts';

interface Sources {
  readonly engine: Engine;
  readonly codec: { readonly restarts: number };
  /** Regions of shared memory. */
  readonly regions: () => { readonly count: number; readonly openCount: number; readonly abandoned: number };
  /** Bytes of request buffers in use, and bytes kept for reuse. */
  readonly memory: () => { readonly inUse: number; readonly free: number };
  readonly limits: { readonly queueLimit: number; readonly memoryBudgetBytes: number };
}

/** Gauges and counters that are read when they are scraped. No thread is asked: each reported its state with its last reply. */
export function registerEngineMetrics(registry: Registry, { engine, codec, regions, memory, limits }: Sources): void {
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });

  gauge(
    'focal_loss_queue_depth',
    'Batches in the queue, which are read, evaluated or written, beyond one for each thread.',
    () => engine.stats.waiting,
  );
  gauge(
    'focal_loss_queue_limit',
    'Batches that may be in the queue; further ones are rejected.',
    () => limits.queueLimit,
  );
  gauge('focal_loss_engine_ready', '1 if the engine is warm, else 0.', () => Number(engine.info !== undefined));
  gauge('focal_loss_engine_threads', 'Engine threads.', () => engine.info?.threads ?? 0);
  gauge(
    'focal_loss_engine_memory_bytes',
    "Memory of the engine's backend in all threads.",
    () => engine.stats.memoryBytes,
  );
  gauge('focal_loss_engine_tensors', 'Tensors that threads hold between batches.', () => engine.stats.tensors);
  gauge('focal_loss_engine_tensor_bytes', 'Bytes of those tensors.', () => engine.stats.tensorBytes);
  gauge(
    'focal_loss_memory_in_use_bytes',
    'Memory in use by requests, for bodies, tensors and responses.',
    () => memory().inUse,
  );
  gauge('focal_loss_memory_free_bytes', 'Memory that is kept for reuse.', () => memory().free);
  gauge(
    'focal_loss_memory_budget_bytes',
    'Memory that requests may use; further ones are rejected.',
    () => limits.memoryBudgetBytes,
  );

  gauge('focal_loss_regions', 'Regions of shared memory that clients have registered.', () => regions().count);
  gauge(
    'focal_loss_regions_open',
    'Regions whose files are open: those registered, and those unregistered that requests still use.',
    () => regions().openCount,
  );
  counter(
    'focal_loss_regions_abandoned_total',
    'Regions that were removed, with their files, because their clients had gone.',
    () => regions().abandoned,
  );

  counter(
    'focal_loss_engine_thread_restarts_total',
    'Engine threads that replaced one that ended.',
    () => engine.stats.restarts,
  );
  counter(
    'focal_loss_codec_thread_restarts_total',
    'Codec threads, which read and write large bodies, that replaced one that ended.',
    () => codec.restarts,
  );
  new Gauge({
    name: 'focal_loss_build_info',
    help: 'Always 1; the labels are the version and the backend.',
    labelNames: ['version', 'engine'],
    registers,
    collect() {
      this.reset();
      this.set({ version: SERVICE_VERSION, engine: engine.info?.name ?? 'none' }, 1);
    },
  });
}
