import { type BackendCandidate, titleOf } from './backend-candidates.ts';
import { type BackendThreads, startThreads } from './backend-threads.ts';
import type { EngineInfo, EngineStats, SkippedBackend } from './engine.ts';
import type { InlineEvaluation } from './inline-evaluation.ts';
import { type ActiveBackend, type SelectOptions, selectBackend, threadsOptionsOf } from './select-backend.ts';

const NO_USAGE = { memoryBytes: 0, tensors: 0, tensorBytes: 0 };

/** Selects the backend that serves, recycles its threads, and fails over to the next candidate when it is lost. */
export class BackendSupervisor {
  readonly ready: Promise<EngineInfo>;
  /** Undefined until `ready`, and during a failover. */
  info: EngineInfo | undefined;
  /** Why no backend is left. */
  unavailableReason: string | undefined;
  readonly #candidates: readonly BackendCandidate[];
  readonly #options: SelectOptions;
  readonly #onUnavailable: (reason: Error) => void;
  readonly #closing = new AbortController();
  #active: ActiveBackend | undefined;
  /** The recycling of threads or the failover in progress. */
  #replacement: Promise<void> | undefined;
  /** Of threads that no longer serve. */
  #earlierRestarts = 0;

  /** @param onUnavailable called when the last backend is lost */
  constructor(candidates: readonly BackendCandidate[], options: SelectOptions, onUnavailable: (reason: Error) => void) {
    this.#candidates = candidates;
    this.#options = options;
    this.#onUnavailable = onUnavailable;
    this.ready = this.#select(candidates, []);
    this.ready.catch(() => {}); // A rejection that nobody waits for must not end the process.
  }

  get isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  /** The threads that serve now; undefined as `info` is. */
  get threads(): BackendThreads | undefined {
    return this.#active?.threads;
  }

  /** Whether each of the threads that serve now computes on a core of its own. */
  get hasCpuThreads(): boolean {
    return this.#active?.candidate.singleThread === false;
  }

  /** What evaluates small batches in this thread; undefined as `info` is. */
  get inline(): InlineEvaluation | undefined {
    return this.#active?.inline;
  }

  get stats(): Omit<EngineStats, 'waiting'> {
    const { restarts = 0, usage = NO_USAGE } = this.threads ?? {};
    const here = this.inline?.usage ?? NO_USAGE;
    return {
      restarts: this.#earlierRestarts + restarts,
      memoryBytes: usage.memoryBytes + here.memoryBytes,
      tensors: usage.tensors + here.tensors,
      tensorBytes: usage.tensorBytes + here.tensorBytes,
    };
  }

  /** @param finished when the accepted batches are, after which the threads are ended */
  async close(finished: () => Promise<unknown>): Promise<void> {
    this.#closing.abort(new Error('the engine was closed'));
    await this.ready.catch(() => {});
    await this.#replacement;
    await finished();
    await this.threads?.close();
  }

  async #select(
    candidates: readonly BackendCandidate[],
    skippedBefore: readonly SkippedBackend[],
  ): Promise<EngineInfo> {
    const start = performance.now();
    const { skipped, ...active } = await selectBackend(candidates, this.#options, this.#closing.signal);
    this.#activate(active);
    this.info = {
      name: active.candidate.name,
      threads: active.threads.count,
      warmUpMs: performance.now() - start,
      ...active.description,
      inline: active.inline,
      skipped: [...skippedBefore, ...skipped],
    };
    return this.info;
  }

  #activate(active: ActiveBackend): void {
    this.#active = active;
    active.threads.onRecyclingNeeded(() => {
      if (!this.#replacement) this.#replaceBy(active, () => this.#recycle(active));
    });
    active.threads.onReplacementFailure((reason) => this.#replaceBy(active, () => this.#failOver(active, reason)));
  }

  /** Replaces the active threads, after the replacement in progress, which may already have replaced them. */
  #replaceBy({ threads }: ActiveBackend, replace: () => Promise<void>): void {
    if (this.isClosing) return;
    const done = (this.#replacement ?? Promise.resolve())
      .then(async () => {
        if (this.threads === threads) await replace();
      })
      .finally(() => {
        if (this.#replacement === done) this.#replacement = undefined;
      });
    this.#replacement = done;
  }

  /** Starts new threads, which take over while the old ones finish their batches, so that no batch fails. */
  async #recycle(active: ActiveBackend): Promise<void> {
    const { candidate, threads } = active;
    const started = await startThreads(threadsOptionsOf(candidate, this.#options), this.#closing.signal).catch(
      () => undefined, // The old threads can serve for long, and the next reply requests their recycling again.
    );
    if (!started) return;
    this.#earlierRestarts += threads.restarts;
    this.#activate({ ...active, ...started });
    await threads.close();
  }

  /** Activates the next candidate in place of a backend whose threads can't be replaced. */
  async #failOver({ candidate, threads }: ActiveBackend, { message }: Error): Promise<void> {
    const reason = `it failed while serving: ${message}`;
    const skipped = [...(this.info?.skipped ?? []), { name: titleOf(candidate), reason }];
    this.info = undefined;
    this.#earlierRestarts += threads.restarts;
    this.#active = undefined;
    threads.destroy();
    const rest = this.#candidates.slice(this.#candidates.indexOf(candidate) + 1);
    await this.#select(rest, skipped).catch((failure: Error) => {
      const reasons = [`backend "${titleOf(candidate)}" is unavailable: ${reason}`, failure.message];
      this.unavailableReason = reasons.filter(Boolean).join('; ');
      this.#onUnavailable(new Error(this.unavailableReason));
    });
  }
}
