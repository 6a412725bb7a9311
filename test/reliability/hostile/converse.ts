import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Address } from '../../harness/connection.ts';
import type { Message } from './hostile-shape.ts';

const DRIP_MS = 50;
const HEAD_END = '\r\n\r\n';
const STATUS_LINE = /HTTP\/1\.1 ([2-5]\d\d) /g;
const STATUS_LINE_BYTES = 'HTTP/1.1 200 '.length;

/**
 * Sends a message on a connection of its own, in any way but `whole`.
 *
 * @param signal ends the conversation, if the service has not closed the connection before
 * @returns the status of each response that came
 */
export async function converse(address: Address, { bytes, conduct }: Message, signal: AbortSignal): Promise<number[]> {
  const socket = typeof address === 'string' ? connect(address) : connect(address, '127.0.0.1');
  const end = () => socket.destroy();
  signal.addEventListener('abort', end);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {}); // The service may reset it.
  const statuses: number[] = [];
  if (conduct === 'unread') socket.pause();
  else readStatuses(socket, statuses);
  await Promise.race([once(socket, 'connect').catch(() => {}), closed]);
  if (conduct === 'drip') await drip(socket, bytes);
  else socket.write(bytes);
  if (conduct === 'leave') {
    await Promise.race([once(socket, 'drain').catch(() => {}), closed, sleep(1)]);
    socket.resetAndDestroy();
  }
  await closed;
  signal.removeEventListener('abort', end);
  return statuses;
}

function readStatuses(socket: Socket, statuses: number[]): void {
  let rest = '';
  socket.on('data', (bytes) => {
    const text = rest + bytes.toString('latin1');
    let end = Math.max(0, text.length - STATUS_LINE_BYTES + 1);
    for (const match of text.matchAll(STATUS_LINE)) {
      statuses.push(Number(match[1]));
      end = Math.max(end, match.index + match[0].length);
    }
    rest = text.slice(end);
  });
}

/** Sends the head, if it is complete, and the rest byte by byte. */
async function drip(socket: Socket, bytes: Buffer): Promise<void> {
  const headEnd = bytes.indexOf(HEAD_END);
  const start = headEnd < 0 ? 0 : headEnd + HEAD_END.length;
  socket.write(bytes.subarray(0, start));
  for (let at = start; at < bytes.length && !socket.destroyed; at++) {
    socket.write(bytes.subarray(at, at + 1));
    await sleep(DRIP_MS);
  }
}
