import type { IncomingMessage } from 'node:http';
import { ServiceError } from '../core/service-error.ts';

/** Uploads may be slower for a shorter time, at their start and later. */
export const UPLOAD_WINDOW_SECONDS = 10;

/**
 * Watches that a body arrives at a minimum rate: a client that sends a byte per second would hold its memory for as long as
 * UPLOAD_TIMEOUT_MS allows.
 *
 * What counts are the bytes on the wire in the last seconds. A time for which the service was busy and read nothing is one
 * second, however long it was.
 *
 * @param tooSlow is called, once, with the error `request_timeout`
 * @returns ends it; the end of the body does not
 */
export function watchUpload(
  request: IncomingMessage,
  minBytesPerSecond: number,
  tooSlow: (error: ServiceError) => void,
): () => void {
  const seconds: number[] = [];
  let bytes = 0;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
  };
  const timer = setInterval(() => {
    seconds.push(bytes);
    bytes = 0;
    if (seconds.length < UPLOAD_WINDOW_SECONDS) return;
    const arrived = seconds.reduce((total, second) => total + second);
    seconds.shift();
    if (arrived >= minBytesPerSecond * UPLOAD_WINDOW_SECONDS) return;
    end();
    tooSlow(slowUpload(minBytesPerSecond, arrived));
  }, 1000);
  const end = () => {
    clearInterval(timer);
    request.off('data', count);
  };
  request.on('data', count);
  return end;
}

function slowUpload(minBytesPerSecond: number, arrived: number): ServiceError {
  return new ServiceError(
    'request_timeout',
    `expected a body that arrives at ${minBytesPerSecond} bytes per second or more (MIN_UPLOAD_BYTES_PER_SECOND), got ${arrived} bytes in the last ${UPLOAD_WINDOW_SECONDS} s`,
  );
}
