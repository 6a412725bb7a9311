import { compareSnapshots, isRestarted, type Moment } from './moment.ts';
import type { Snapshot } from './snapshot.ts';

/** How much is kept, and shown. */
export const HISTORY_MS = 5 * 60 * 1000;
/** Over a longer interval, as after a pause, rates are means that hide what happened: the charts have a gap instead. */
const MAX_INTERVAL_MS = 7000;
const MAX_EVENTS = 20;

export type CodeKind = 'problem' | 'warning';

/** How often the service has responded with a problem or a warning. */
export interface CodeCount {
  readonly code: string;
  readonly kind: CodeKind;
  /** Since the process started. */
  readonly total: number;
  /** Seen by this page. */
  readonly seen: number;
  /** When the page last saw the count grow, in milliseconds since 1970; null if that was before it was opened. */
  readonly lastSeen: number | null;
}

/** Something that happened once, such as a restart. */
export interface ServiceEvent {
  readonly time: number;
  readonly text: string;
}

/** The snapshots of the last five minutes, as intervals, and what has happened since the page was opened. */
export class History {
  readonly #codes = new Map<string, CodeCount>();
  readonly #startTimes = new Set<number>();
  #moments: Moment[] = [];
  #events: ServiceEvent[] = [];
  #last: Snapshot | null = null;
  #engineSince = 0;

  /** The oldest first. Between two of them is a gap if the end of one is not the start of the next. */
  get moments(): readonly Moment[] {
    return this.#moments;
  }

  /** The newest first. */
  get events(): readonly ServiceEvent[] {
    return this.#events;
  }

  get last(): Snapshot | null {
    return this.#last;
  }

  /** Since when the engine computes with its backend, in milliseconds since 1970: since the process started, or a change. */
  get engineSince(): number {
    return this.#engineSince;
  }

  /** All that have been counted, the latest first. */
  get codes(): readonly CodeCount[] {
    const latest = (one: CodeCount) => one.lastSeen ?? 0;
    return [...this.#codes.values()].sort((a, b) => latest(b) - latest(a) || b.total - a.total);
  }

  /** How many requests ended in the last five minutes, by method, route and status. */
  requestTotals(): Map<string, number> {
    const totals = new Map<string, number>();
    for (const { requests } of this.#moments) {
      for (const [key, { count }] of requests) totals.set(key, (totals.get(key) ?? 0) + count);
    }
    return totals;
  }

  add(snapshot: Snapshot): void {
    const before = this.#last;
    this.#last = snapshot;
    const restarted = before !== null && isRestarted(before, snapshot);
    if (restarted) this.#noteRestart(before, snapshot);
    if (before === null || restarted) this.#engineSince = snapshot.startTime * 1000;
    this.#startTimes.add(snapshot.startTime);
    this.#countCodes('problem', snapshot.problems, before && !restarted ? before.problems : null, before !== null);
    this.#countCodes('warning', snapshot.warnings, before && !restarted ? before.warnings : null, before !== null);
    if (before && !restarted) this.#compare(before, snapshot);
    this.#moments = this.#moments.filter(({ time }) => time > snapshot.time - HISTORY_MS);
  }

  /** Replaces the latest snapshot by a later one, so that the next interval begins there. What happened in between is left out. */
  rebase(snapshot: Snapshot): void {
    this.#last = snapshot;
  }

  note(time: number, text: string): void {
    this.#events = [{ time, text }, ...this.#events].slice(0, MAX_EVENTS);
  }

  #noteRestart(before: Snapshot, snapshot: Snapshot): void {
    // Behind a load balancer, the start times of the replicas alternate.
    const isKnown = snapshot.startTime !== before.startTime && this.#startTimes.has(snapshot.startTime);
    const text = isKnown
      ? 'Another replica responded. Open this page at the address of a single one.'
      : 'The service has restarted, and counts from zero again.';
    this.note(snapshot.time, text);
  }

  #compare(before: Snapshot, after: Snapshot): void {
    if (before.engine !== after.engine) {
      this.#engineSince = after.time;
      this.note(after.time, `The engine has changed from ${before.engine} to ${after.engine}.`);
    }
    const replaced = after.threadRestarts - before.threadRestarts;
    if (replaced > 0) this.note(after.time, `${replaced} ${replaced === 1 ? 'thread was' : 'threads were'} replaced.`);
    const interval = after.time - before.time;
    if (interval <= 0 || interval > MAX_INTERVAL_MS) return;
    // A new list: others keep the one before, to see what was added.
    this.#moments = [...this.#moments, compareSnapshots(before, after)];
  }

  /** @param before the counts of the same process before; null if it is the first snapshot of this process */
  #countCodes(
    kind: CodeKind,
    counts: ReadonlyMap<string, number>,
    before: ReadonlyMap<string, number> | null,
    isWatched: boolean,
  ): void {
    for (const [code, total] of counts) {
      const known = this.#codes.get(`${kind} ${code}`);
      // Of a process that started while the page watched, everything is new.
      const added = Math.max(before ? total - (before.get(code) ?? 0) : isWatched ? total : 0, 0);
      if (total === 0 && !known) continue;
      const lastSeen = added > 0 ? this.#last!.time : (known?.lastSeen ?? null);
      this.#codes.set(`${kind} ${code}`, { code, kind, total, seen: (known?.seen ?? 0) + added, lastSeen });
    }
  }
}
