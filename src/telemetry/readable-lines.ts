import type { DestinationStream } from 'pino';
import { prettyFactory } from 'pino-pretty';

/** Converts log lines, each a JSON object, to lines for people at a terminal. */
export function readableLines(destination: DestinationStream, colorize: boolean): DestinationStream {
  const format = prettyFactory({ translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', singleLine: true, colorize });
  return { write: (line) => destination.write(format(withReadableMessage(JSON.parse(line)))) };
}

/** Moves what one reads first into the message: `POST /v1/focal-loss: 200, 3.1 ms`. */
function withReadableMessage({ msg, ...log }: Record<string, unknown>): object {
  if (msg === 'request') {
    const { method, path, status, ms, ...rest } = log;
    return { ...rest, msg: oneLine(`${method} ${path}: ${status}, ${ms} ms`) };
  }
  if (msg === 'rejected' && log.detail !== undefined) {
    const { code, detail, ...rest } = log;
    return { ...rest, msg: oneLine(`${code}: ${detail}`) };
  }
  if (msg === 'ready' && log.url !== undefined) {
    const { url, ...rest } = log;
    return { ...rest, msg: `ready: open ${url}` };
  }
  return { ...log, msg };
}

/** Clients choose paths, and errors quote what they sent: it must not control the terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, ' ');
}
