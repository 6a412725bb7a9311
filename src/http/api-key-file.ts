import type { FastifyBaseLogger } from 'fastify';
import { checkKeys } from '../core/api-key-format.ts';
import { SettingsError } from '../core/settings-error.ts';
import { FileReader } from './file-reader.ts';
import { ApiKeys, digestOf } from './plugins/authentication.ts';

const INTERVAL_MS = 1000;
/** How long a read may take. On a network drive that is gone it never ends. */
const READ_TIMEOUT_MS = 3000;

interface KeySettings {
  readonly apiKeys?: readonly string[] | undefined;
  readonly apiKeysFile?: string | undefined;
}

/**
 * Loads the keys that the settings name.
 *
 * @throws {SettingsError} if there is a key file without valid keys
 */
export async function loadApiKeys(
  { apiKeys = [], apiKeysFile }: KeySettings,
  logger: FastifyBaseLogger,
): Promise<ApiKeys> {
  if (apiKeysFile === undefined) return new ApiKeys(apiKeys);
  const file = await ApiKeyFile.open(apiKeysFile, logger);
  file.startPolling();
  return new ApiKeys(apiKeys, file);
}

/**
 * The keys in a file: one per line, except empty lines and comments, which start with #.
 *
 * The file is read again every second. Watching it would save little, and would miss a file that is replaced: by a
 * rename, by the symlinks that Kubernetes swaps, or on a network drive. A change takes effect when two reads in a row
 * found the same text, so that a file that is half written never does. If the file is missing, unreadable, empty or
 * invalid, or a read does not end in time, the keys stay as they are, and the log says so once.
 */
export class ApiKeyFile {
  readonly #file: FileReader;
  readonly #logger: FastifyBaseLogger;
  #digests: readonly Buffer[];
  #current: string;
  #lastRead: string;
  #lastErrorMessage = '';
  #timer: NodeJS.Timeout | undefined;

  /** @throws {SettingsError} if the file has no valid keys */
  static async open(path: string, logger: FastifyBaseLogger, readTimeoutMs = READ_TIMEOUT_MS): Promise<ApiKeyFile> {
    try {
      const file = new FileReader(path, readTimeoutMs);
      return new ApiKeyFile(file, await file.read(), logger);
    } catch (cause) {
      throw new SettingsError(`API_KEYS_FILE (--api-keys-file): ${path}: ${messageOf(cause)}`, { cause });
    }
  }

  private constructor(file: FileReader, text: string, logger: FastifyBaseLogger) {
    this.#file = file;
    this.#logger = logger;
    this.#digests = parse(text).map(digestOf);
    this.#current = text;
    this.#lastRead = text;
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
      const text = await this.#file.read();
      const settled = text === this.#lastRead;
      this.#lastRead = text;
      if (!settled) return;
      if (text !== this.#current) this.#apply(text);
    } catch (error) {
      errorMessage = messageOf(error);
    }
    if (errorMessage !== '' && errorMessage !== this.#lastErrorMessage) {
      this.#logger.error(
        { path: this.#file.path, reason: errorMessage },
        'API keys could not be reloaded; the previous ones stay valid',
      );
    }
    this.#lastErrorMessage = errorMessage;
  }

  #apply(text: string): void {
    const keys = parse(text);
    this.#digests = keys.map(digestOf);
    this.#current = text;
    this.#logger.info({ path: this.#file.path, count: keys.length }, 'API keys changed');
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
