import { availableParallelism, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { checkKeys } from './core/api-key-format.ts';
import { SettingsError } from './core/settings-error.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const MEBIBYTE = 1024 * 1024;

const PROCESS_MEBIBYTES = 240;
/** An engine thread and the codec thread that comes with it: 61 MiB where they were measured. */
const MEBIBYTES_PER_THREAD = 64;

/** What the process takes beside the memory of its requests, at most: 35 MiB of it for small batches in the HTTP thread. */
export function processBytes(engineThreads: number): number {
  return (PROCESS_MEBIBYTES + MEBIBYTES_PER_THREAD * engineThreads) * MEBIBYTE;
}

/** The memory of the container or, without a limit, of the machine. */
export function availableMemory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

/** As long as the path of a Unix socket can be. The system cuts a longer one without an error, and other paths may begin alike. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

const text = () => z.string().min(1, { error: 'expected some text' });

const integer = (min: number, max: number) =>
  z
    .string()
    .refine((value) => /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max, {
      error: `expected an integer from ${min} to ${max}`,
    })
    .transform(Number);

const choice = <const Choice extends string>(...choices: Choice[]) =>
  z.enum(choices, { error: `expected one of ${choices.join(', ')}` });

const keyList = () =>
  z.string().transform((value, context) => {
    try {
      const keys = value.split(',').map((key) => key.trim());
      return checkKeys(keys.filter((key) => key !== ''));
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });

/** Every setting: an environment variable by this name, and a flag in lower case with dashes. */
const settingsSchema = z.object({
  HOST: text()
    .prefault('127.0.0.1')
    .describe(
      'Address to listen on, or a name that resolves to one; 0.0.0.0 accepts connections from other machines, :: also over IPv6.',
    ),
  PORT: integer(0, 65535).prefault('8080').describe('Port to listen on; 0 picks a free one.'),
  SOCKET: text()
    .refine((path) => Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES, {
      error: `expected a path of at most ${MAX_SOCKET_PATH_BYTES} bytes, as long as that of a Unix socket can be`,
    })
    .optional()
    .describe(
      `Path of a Unix socket to listen on, instead of HOST and PORT; at most ${MAX_SOCKET_PATH_BYTES} bytes. One that an earlier process left behind is replaced.`,
    ),
  API_KEYS: keyList()
    .optional()
    .describe(
      'API keys, separated by commas; requests must then carry one. Other users of the machine may see a flag.',
    ),
  API_KEYS_FILE: text()
    .optional()
    .describe('File of API keys, one per line, # for comments; it is read again when it changes.'),
  ENGINE: choice('auto', 'cuda', 'webgpu', 'wasm', 'tensorflow')
    .prefault('auto')
    .describe(
      'Backend to compute on: cuda or webgpu (experimental) on a GPU, wasm on the CPU; auto takes the first of these that is available. tensorflow runs the code of cuda on the CPU, for tests.',
    ),
  ENGINE_THREADS: integer(1, 256)
    .prefault(String(availableParallelism()))
    .describe(
      'Threads that evaluate batches and the parts of large ones; as many more, and one for short ones, read and write bodies. More threads than cores do not help.',
    ),
  MAX_JSON_BYTES: integer(1024, 512 * MEBIBYTE)
    .prefault(String(64 * MEBIBYTE))
    .describe('Largest JSON body.'),
  MAX_BODY_BYTES: integer(1024, 4095 * MEBIBYTE)
    .prefault(String(1024 * MEBIBYTE))
    .describe('Largest body of binary tensors. A batch takes about twice as much memory with its gradients.'),
  MEMORY_BUDGET_BYTES: integer(64 * MEBIBYTE, 2 ** 42)
    .prefault(String(Math.floor(availableMemory() / 2)))
    .describe(
      `Memory for all requests together; requests beyond it are rejected (429). Eleven sixteenths are for tensors, bodies and responses, three for other values, and two for what memory allocators keep. Allow the process ${PROCESS_MEBIBYTES} MiB beyond it, and ${MEBIBYTES_PER_THREAD} MiB for each of the ENGINE_THREADS.`,
    ),
  QUEUE_LIMIT: integer(1, 1_000_000)
    .prefault('256')
    .describe(
      'Batches that may be in the queue: those that are read, evaluated or written, beyond one for each thread. A low limit rejects requests (429) instead of letting them wait.',
    ),
  REQUEST_TIMEOUT_MS: integer(1, 3_600_000)
    .prefault('60000')
    .describe('A batch times out (504) after this long, queued or running.'),
  DRAIN_DELAY_MS: integer(0, 600_000)
    .prefault('0')
    .describe('After SIGTERM, how long to go on serving while readiness fails, so that load balancers notice.'),
  UPLOAD_TIMEOUT_MS: integer(1000, 3_600_000)
    .prefault('300000')
    .describe('A request whose headers and body take longer than this to arrive times out (408).'),
  MIN_UPLOAD_BYTES_PER_SECOND: integer(0, 2 ** 30)
    .prefault('16384')
    .describe('A body that arrives more slowly than this over 10 s times out (408); 0 accepts any rate.'),
  MAX_CONNECTIONS: integer(1, 1_000_000)
    .prefault('4096')
    .describe('Connections at one time; further ones are closed at once.'),
  RESPONSE_COMPRESSION: choice('remote', 'always', 'never')
    .prefault('remote')
    .describe(
      'Compress large JSON responses for clients that accept it: of other machines only (remote), of all (always), or of none (never). On one machine it takes longer than sending.',
    ),
  SHARED_MEMORY: choice('on', 'off')
    .prefault('off')
    .describe(
      "Whether clients of the Open Inference Protocol may pass tensors in POSIX shared memory (Triton's system shared memory extension); Linux only. Clients may then make the service read and write the objects in /dev/shm that its own user may.",
    ),
  LOG_LEVEL: choice(...LOG_LEVELS)
    .prefault('info')
    .describe(`How much to log, as JSON lines on standard output: ${LOG_LEVELS.join(', ')}.`),
});

type Settings = z.output<typeof settingsSchema>;
type SettingName = keyof Settings;
/** Never shown, not even where they are wrong. */
const SECRETS: ReadonlySet<SettingName> = new Set(['API_KEYS']);
const NAMES = Object.keys(settingsSchema.shape) as SettingName[];

type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<Name>;

/** The settings by their names in camel case: `MAX_JSON_BYTES` is `maxJsonBytes`. */
export type Config = { readonly [Name in SettingName as CamelCase<Name>]: Settings[Name] };

/**
 * Reads the settings from flags and, where a flag is not given, the environment.
 *
 * @returns the configuration, or what a flag asks for instead of a start
 * @throws {SettingsError} that names every wrong setting, the expected and the actual value
 */
export function loadConfig(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Config | 'help' | 'version' {
  const flags = parseFlags(args);
  if (flags.help) return 'help';
  if (flags.version) return 'version';

  const given = Object.fromEntries(NAMES.map((name) => [name, flags[toFlag(name)] ?? environment[name]]));
  const parsed = settingsSchema.safeParse(given, { reportInput: true });
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]) as SettingName;
      const got = SECRETS.has(name) ? '' : `, got ${JSON.stringify(issue.input)}`;
      return `${name} (--${toFlag(name)}): ${issue.message}${got}`;
    });
    throw new SettingsError(lines.join('\n'));
  }
  const settings = parsed.data;
  return Object.fromEntries(NAMES.map((name) => [toCamelCase(name), settings[name]])) as unknown as Config;
}

/** Where to listen, as Fastify and Node take it. */
export function listenOptions({ host, port, socket }: Config): { host: string; port: number } | { path: string } {
  return socket === undefined ? { host, port } : { path: socket };
}

/** Defaults that differ from machine to machine. */
const MACHINE_DEFAULTS: { [name in SettingName]?: string } = {
  ENGINE_THREADS: 'one per core',
  MEMORY_BUDGET_BYTES: 'half of the memory',
};

/** Name, flag, default and meaning of every setting. */
export function describeSettings(): { name: string; flag: string; initial: string; description: string }[] {
  return NAMES.map((name) => {
    const schema = settingsSchema.shape[name];
    const initial = MACHINE_DEFAULTS[name] ?? schema.parse(undefined) ?? 'none';
    return { name, flag: `--${toFlag(name)}`, initial: String(initial), description: schema.description ?? '' };
  });
}

export function helpText(): string {
  const described = describeSettings();
  const width = Math.max(...described.map(({ flag }) => `${flag} VALUE  `.length));
  const settings = described.map(
    ({ name, flag, initial, description }) =>
      `  ${`${flag} VALUE`.padEnd(width)}${name} (default: ${initial})\n      ${description}`,
  );
  return `focal-loss-service: focal loss, its gradients and a per-class breakdown over HTTP

Usage: focal-loss-service [--flag VALUE ...], or in a clone: npm start -- [--flag VALUE ...]

Each setting is a flag or an environment variable; the flag wins.

${settings.join('\n')}
  ${'--help'.padEnd(width)}print this and exit
  ${'--version'.padEnd(width)}print the version and exit
`;
}

function parseFlags(args: readonly string[]): Record<string, string | boolean | undefined> {
  const settings = NAMES.map((name) => [toFlag(name), { type: 'string' }] as const);
  try {
    return parseArgs({
      args: [...args],
      options: { ...Object.fromEntries(settings), help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } },
    }).values;
  } catch (cause) {
    throw new SettingsError(`${cause instanceof Error ? cause.message : cause}\nSee --help for the flags there are.`, {
      cause,
    });
  }
}

function toCamelCase(name: string): string {
  return name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

function toFlag(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
