import { type DestinationStream, type Logger, pino } from 'pino';

/** Headers that hold keys are masked in any logged object that has headers, up to two levels deep. */
const SECRET_HEADERS = ['headers.authorization', 'headers["x-api-key"]'];
const SECRETS = SECRET_HEADERS.flatMap((path) => [path, `*.${path}`, `*.*.${path}`]);

/** A logger that writes one JSON object per line, and never a client's key. */
export function createLogger(level: string, destination: DestinationStream): Logger {
  return pino({ level, redact: SECRETS }, destination);
}
