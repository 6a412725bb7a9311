import { Counter, Gauge, type Registry } from 'prom-client';
import type { CodecThreads } from '../codecs/codec-pool.ts';
import type { Config } from '../config.ts';
import { SERVICE_VERSION } from '../core/version.ts';
import type { Engine } from '../engine/engine.ts';
import type { Evaluator } from '../http/request-handler.ts';

interface Sources {
  readonly engine: Engine;
  readonly codec: CodecThreads;
  readonly evaluator: Evaluator;
  readonly config: Config;
}

/** What is read at the moment somebody asks. No thread is asked: what they hold came with their last replies. */
export function watchEngine(registry: Registry, { engine, codec, evaluator, config }: Sources): void {
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

  gauge('focal_loss_queue_depth', 'Batches waiting for an engine thread.', () => engine.stats.waiting);
  gauge('focal_loss_queue_limit', 'Batches that may wait; beyond it they are refused.', () => config.queueLimit);
  gauge('focal_loss_engine_ready', '1 if the engine is warm, else 0.', () => Number(engine.info !== undefined));
  gauge('focal_loss_engine_threads', 'Threads that evaluate.', () => engine.info?.threads ?? 0);
  gauge(
    'focal_loss_engine_memory_bytes',
    "Memory of the engine's backend, all threads together.",
    () => engine.stats.memoryBytes,
  );
  gauge('focal_loss_engine_tensors', 'Tensors that threads hold between batches.', () => engine.stats.tensors);
  gauge('focal_loss_engine_tensor_bytes', 'Bytes of those tensors.', () => engine.stats.tensorBytes);
  gauge(
    'focal_loss_memory_lent_bytes',
    'Memory lent to requests, for bodies, tensors and answers.',
    () => evaluator.memory.lent,
  );
  gauge('focal_loss_memory_free_bytes', 'Memory kept to be lent again.', () => evaluator.memory.free);
  gauge(
    'focal_loss_memory_budget_bytes',
    'Memory that may be lent; beyond it requests are refused.',
    () => config.memoryBudgetBytes,
  );

  counter(
    'focal_loss_engine_thread_restarts_total',
    'Engine threads that took the place of one that ended.',
    () => engine.stats.restarts,
  );
  counter(
    'focal_loss_codec_thread_restarts_total',
    'Threads for large bodies and answers that took the place of one that ended.',
    () => codec.restarts,
  );
  new Gauge({
    name: 'focal_loss_build_info',
    help: 'Always 1; the labels tell version and engine rung.',
    labelNames: ['version', 'engine'],
    registers,
    collect() {
      this.reset();
      this.set({ version: SERVICE_VERSION, engine: engine.info?.name ?? 'none' }, 1);
    },
  });
}
