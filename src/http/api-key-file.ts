import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { FastifyBaseLogger } from 'fastify';
import { checkKeys } from '../core/api-key-format.ts';
import { SettingsError } from '../core/settings-error.ts';
import { ApiKeys, digestOf } from './plugins/authentication.ts';

const INTERVAL_MS = 1000;

interface KeySettings {
  readonly apiKeys?: readonly string[] | undefined;
  readonly apiKeysFile?: string | undefined;
}

/**
 * Loads the keys that the settings name.
 *
 * @throws {SettingsError} if there is a key file without valid keys
 */
export function loadApiKeys({ apiKeys = [], apiKeysFile }: KeySettings, logger: FastifyBaseLogger): ApiKeys {
  if (apiKeysFile === undefined) return new ApiKeys(apiKeys);
  const file = new ApiKeyFile(apiKeysFile, logger);
  file.startPolling();
  return new ApiKeys(apiKeys, file);
}

/**
 * The keys in a file: one per line, except empty lines and comments, which start with #.
 *
 * The file is read again every second. Watching it would save little, and would miss a file that is replaced: by a
 * rename, by the symlinks that Kubernetes swaps, or on a network drive. A change takes effect when two reads in a row
 * found the same text, so that a file that is half written never does. If the file is missing, unreadable, empty or
 * invalid, the keys stay as they are, and the log says so once.
 */
export class ApiKeyFile {
  readonly #path: string;
  readonly #logger: FastifyBaseLogger;
  #digests: readonly Buffer[];
  #current: string;
  #lastRead: string;
  #lastErrorMessage = '';
  #timer: NodeJS.Timeout | undefined;

  /** @throws {SettingsError} if the file has no valid keys */
  constructor(path: string, logger: FastifyBaseLogger) {
    this.#path = path;
    this.#logger = logger;
    try {
      this.#current = readFileSync(path, 'utf8');
      this.#digests = parse(this.#current).map(digestOf);
    } catch (cause) {
      throw new SettingsError(`API_KEYS_FILE (--api-keys-file): ${path}: ${messageOf(cause)}`, { cause });
    }
    this.#lastRead = this.#current;
  }

  get digests(): readonly Buffer[] {
    return this.#digests;
  }

  /** Reads the file again at intervals. */
  startPolling(intervalMs = INTERVAL_MS): void {
    this.#timer = setTimeout(async () => {
      await this.reload();
      if (this.#timer) this.startPolling(intervalMs);
    }, intervalMs).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Reads the file once; a change takes effect if the previous read found the same text. */
  async reload(): Promise<void> {
    let errorMessage = '';
    try {
      const text = await readFile(this.#path, 'utf8');
      const settled = text === this.#lastRead;
      this.#lastRead = text;
      if (!settled) return;
      if (text !== this.#current) this.#apply(text);
    } catch (error) {
      errorMessage = messageOf(error);
    }
    if (errorMessage !== '' && errorMessage !== this.#lastErrorMessage) {
      this.#logger.error(
        { path: this.#path, reason: errorMessage },
        'API keys could not be reloaded; the previous ones stay valid',
      );
    }
    this.#lastErrorMessage = errorMessage;
  }

  #apply(text: string): void {
    const keys = parse(text);
    this.#digests = keys.map(digestOf);
    this.#current = text;
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
