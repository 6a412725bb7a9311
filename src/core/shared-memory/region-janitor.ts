import { fstatSync, lstatSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { SharedMemoryDirectory } from './open-region.ts';
import type { Region } from './region.ts';
import { fileNameOf } from './region-key.ts';
import { findOwner, ownerOf } from './region-owner.ts';
import type { RegionStore } from './region-store.ts';

const INTERVAL_MS = 60_000;
/** After how long without use a region is removed whose owner cannot be seen from here. */
const MAX_IDLE_MS = 3_600_000;

/**
 * Removes the regions of clients that were killed, whose memory would stay taken until the machine restarts. It touches only
 * registered files of the service's own user whose key names the process that created them.
 */
export class RegionJanitor {
  readonly #store: RegionStore;
  readonly #onRemoved: (region: Region) => void;
  #timer: NodeJS.Timeout | undefined;
  #removed = 0;

  constructor(store: RegionStore, onRemoved: (region: Region) => void) {
    this.#store = store;
    this.#onRemoved = onRemoved;
  }

  /** How many regions it has removed. */
  get removed(): number {
    return this.#removed;
  }

  /** Sweeps every minute until it is stopped. */
  start(): void {
    this.#timer = setInterval(() => this.sweep(), INTERVAL_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** @param now milliseconds, of `performance.now()` */
  sweep(now = performance.now()): void {
    for (const region of this.#store.list()) {
      if (!this.#isAbandoned(region, now)) continue;
      removeFile(this.#store.directory, region);
      this.#store.unregister(region.name);
      this.#removed += 1;
      this.#onRemoved(region);
    }
  }

  #isAbandoned({ name, key, fd }: Region, now: number): boolean {
    const owner = ownerOf(key);
    // The processes of other users may be hidden from this one.
    if (owner === undefined || fstatSync(fd).uid !== process.geteuid!()) return false;
    const state = findOwner(owner);
    return state === 'gone' || (state === 'unseen' && now - this.#store.usedAt(name)! > MAX_IDLE_MS);
  }
}

/** Removes the file of a region, unless its name now leads to another file. */
function removeFile({ path }: SharedMemoryDirectory, { key, inode }: Region): void {
  const file = join(path, fileNameOf(key));
  try {
    if (lstatSync(file).ino === inode) unlinkSync(file);
  } catch {
    // It is gone already.
  }
}
