import { type DestinationStream, type Logger, pino } from 'pino';

/** Request headers that hold keys, wherever an object with headers is logged. */
const SECRET_HEADERS = ['headers.authorization', 'headers["x-api-key"]'];
const SECRETS = SECRET_HEADERS.flatMap((path) => [path, `*.${path}`, `*.*.${path}`]);

/** A logger that writes one JSON object per line, and never a caller's key. */
export function createLogger(level: string, destination: DestinationStream): Logger {
  return pino({ level, redact: SECRETS }, destination);
}
