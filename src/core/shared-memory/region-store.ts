import { closeSync } from 'node:fs';
import { ServiceError } from '../service-error.ts';
import { shorten } from '../shorten.ts';
import { openRegion, type SharedMemoryDirectory } from './open-region.ts';
import { MAX_REGION_NAME_BYTES, MAX_REGIONS, type Region, type RegionPlace, type RegionTable } from './region.ts';

/** Keeps regions open until it is released. */
export interface RegionHold {
  readonly regions: RegionTable;
  /** Releases all but these. */
  keepOnly(names: Iterable<string>): void;
  /** A second call changes nothing. */
  release(): void;
}

interface OpenRegion {
  readonly region: Region;
  /** The store while it is registered, and each request that uses it. */
  holders: number;
  /** When it was registered, or a request used it last: milliseconds, of `performance.now()`. */
  usedAt: number;
}

/**
 * The regions that clients have registered. A region that is unregistered while requests use it is closed after the last of
 * them: its descriptor could be that of another file by then.
 */
export class RegionStore {
  readonly directory: SharedMemoryDirectory;
  readonly #registered = new Map<string, OpenRegion>();
  #open = 0;

  constructor(directory: SharedMemoryDirectory) {
    this.directory = directory;
  }

  /** How many regions are registered. */
  get count(): number {
    return this.#registered.size;
  }

  /** How many files are open: also those of regions that are not registered any more and still in use. */
  get openCount(): number {
    return this.#open;
  }

  /** @throws {ServiceError} `invalid_request` */
  register(name: string, place: RegionPlace): void {
    checkName(name);
    // The words are Triton's.
    if (this.#registered.has(name)) {
      throw rejectName(`shared memory region '${shorten(name)}' already in manager; unregister it first`);
    }
    if (this.#open >= MAX_REGIONS) {
      const message = `expected at most ${MAX_REGIONS} regions, with those that are still in use, got one more`;
      throw rejectName(`${message}: unregister others`);
    }
    const region = openRegion(this.directory, name, place);
    this.#registered.set(name, { region, holders: 1, usedAt: performance.now() });
    this.#open += 1;
  }

  /** @returns whether it was registered */
  unregister(name: string): boolean {
    const opened = this.#registered.get(name);
    if (!opened) return false;
    this.#registered.delete(name);
    this.#drop(opened);
    return true;
  }

  /** @returns how many there were */
  unregisterAll(): number {
    const { count } = this;
    for (const name of [...this.#registered.keys()]) this.unregister(name);
    return count;
  }

  /** @throws {ServiceError} `not_found` */
  find(name: string): Region {
    const opened = this.#registered.get(name);
    if (opened) return opened.region;
    throw new ServiceError('not_found', `Unable to find system shared memory region: '${shorten(name)}'`);
  }

  /** When a region was registered, or a request used it last: milliseconds, of `performance.now()`. */
  usedAt(name: string): number | undefined {
    return this.#registered.get(name)?.usedAt;
  }

  /** All of them, by name. */
  list(): Region[] {
    return [...this.#registered.values()].map(({ region }) => region);
  }

  /** Holds all regions that are registered now. */
  hold(): RegionHold {
    const held = new Map(this.#registered);
    for (const opened of held.values()) opened.holders += 1;
    const keepOnly = (names: Iterable<string>) => {
      const kept = new Set(names);
      for (const [name, opened] of held) {
        if (kept.has(name)) opened.usedAt = performance.now();
        else {
          held.delete(name);
          this.#drop(opened);
        }
      }
    };
    const regions = new Map([...held].map(([name, { region }]) => [name, region]));
    return { regions, keepOnly, release: () => keepOnly([]) };
  }

  #drop(opened: OpenRegion): void {
    opened.holders -= 1;
    if (opened.holders > 0) return;
    closeSync(opened.region.fd);
    this.#open -= 1;
  }
}

function checkName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes > 0 && bytes <= MAX_REGION_NAME_BYTES) return;
  throw rejectName(`expected a region name of 1 to ${MAX_REGION_NAME_BYTES} bytes, got ${bytes}`);
}

function rejectName(message: string): ServiceError {
  return new ServiceError('invalid_request', message);
}
