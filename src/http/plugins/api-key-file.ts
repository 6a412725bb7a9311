import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { FastifyBaseLogger } from 'fastify';
import { checkKeys } from '../../core/api-key-format.ts';
import { SettingsError } from '../../core/settings-error.ts';
import { ApiKeys, digestOf } from './api-keys.ts';

const INTERVAL_MS = 1000;

interface KeySettings {
  readonly apiKeys?: readonly string[] | undefined;
  readonly apiKeysFile?: string | undefined;
}

/**
 * The keys that the settings ask for.
 *
 * @throws {SettingsError} where there is a file and no keys in it
 */
export function openApiKeys({ apiKeys = [], apiKeysFile }: KeySettings, logger: FastifyBaseLogger): ApiKeys {
  if (apiKeysFile === undefined) return new ApiKeys(apiKeys);
  const file = new ApiKeyFile(apiKeysFile, logger);
  file.watch();
  return new ApiKeys(apiKeys, file);
}

/**
 * Keys as they stand in a file: one per line, empty lines and those that start with # aside.
 *
 * The file is read again every second. Watching would be cheaper by nothing that matters, and misses what replaces the
 * file: a rename, the symlinks that Kubernetes swaps, changes on network drives. New text counts once it was read twice,
 * so that half of a file that is being written never does. A file that is gone, unreadable, empty or wrong leaves the
 * keys as they are, and the log says so once.
 */
export class ApiKeyFile {
  readonly #path: string;
  readonly #logger: FastifyBaseLogger;
  #digests: readonly Buffer[];
  #inForce: string;
  #lastRead: string;
  #lastTrouble = '';
  #timer: NodeJS.Timeout | undefined;

  /** @throws {SettingsError} where there are no keys to start with */
  constructor(path: string, logger: FastifyBaseLogger) {
    this.#path = path;
    this.#logger = logger;
    try {
      this.#inForce = readFileSync(path, 'utf8');
      this.#digests = parse(this.#inForce).map(digestOf);
    } catch (cause) {
      throw new SettingsError(`API_KEYS_FILE (--api-keys-file): ${path}: ${reason(cause)}`, { cause });
    }
    this.#lastRead = this.#inForce;
  }

  get digests(): readonly Buffer[] {
    return this.#digests;
  }

  /** Reads it again from time to time. */
  watch(intervalMs = INTERVAL_MS): void {
    this.#timer = setTimeout(async () => {
      await this.reread();
      if (this.#timer) this.watch(intervalMs);
    }, intervalMs).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Reads it once; what has changed counts if it was the same the last time. */
  async reread(): Promise<void> {
    let trouble = '';
    try {
      const text = await readFile(this.#path, 'utf8');
      const settled = text === this.#lastRead;
      this.#lastRead = text;
      if (!settled) return;
      if (text !== this.#inForce) this.#take(text);
    } catch (error) {
      trouble = reason(error);
    }
    if (trouble !== '' && trouble !== this.#lastTrouble) {
      this.#logger.error({ path: this.#path, reason: trouble }, 'API keys could not be read again; the last ones stay');
    }
    this.#lastTrouble = trouble;
  }

  #take(text: string): void {
    const keys = parse(text);
    this.#digests = keys.map(digestOf);
    this.#inForce = text;
    this.#logger.info({ path: this.#path, count: keys.length }, 'API keys changed');
  }
}

function parse(text: string): readonly string[] {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.trim());
  return checkKeys(lines.filter((line) => line !== '' && !line.startsWith('#')));
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
