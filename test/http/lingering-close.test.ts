import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { beforeEach, mock, test } from 'node:test';
import { lingerBeforeClose } from '../../src/http/lingering-close.ts';

// How long a rejected client may go on sending, by a clock that the test turns.

let now = 0;
const intervals = new Set<() => void>();
mock.method(performance, 'now', () => now);
mock.method(globalThis, 'setInterval', (run: () => void) => {
  intervals.add(run);
  return run;
});
mock.method(globalThis, 'clearInterval', (run: () => void) => intervals.delete(run));

class Socket extends EventEmitter {
  bytesRead = 500;
  destroyed = false;
  isEnded = false;
  isDestroyedSoon = false;

  end(): void {
    this.isEnded = true;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }

  destroySoon(): void {
    this.isDestroyedSoon = true;
    this.destroy();
  }
}

/** A rejected request whose response has been written. */
function rejected(complete = false): { readonly socket: Socket; readonly request: IncomingMessage } {
  const socket = new Socket();
  const request = Object.assign(new EventEmitter(), { socket, complete }) as unknown as IncomingMessage;
  lingerBeforeClose(request);
  socket.destroySoon();
  return { socket, request };
}

/** Lets two seconds pass in which so many bytes arrive. */
function pass(socket: Socket, bytes: number): void {
  socket.bytesRead += bytes;
  now += 2000;
  for (const run of [...intervals]) run();
}

beforeEach(() => {
  assert.equal(intervals.size, 0, 'timers of the test before');
});

test('the connection is closed on one side, and on the other when the request has arrived', () => {
  const { socket, request } = rejected();
  assert.deepEqual([socket.isEnded, socket.destroyed], [true, false]);
  request.emit('end');
  assert.equal(socket.destroyed, true);
});

test('a request that has arrived already is closed at once', () => {
  assert.equal(rejected(true).socket.isDestroyedSoon, true);
});

test('a client that sends may go on for 30 seconds', () => {
  const { socket } = rejected();
  for (let i = 0; i < 15; i++) pass(socket, 1);
  assert.equal(socket.destroyed, false);
  pass(socket, 1);
  assert.equal(socket.destroyed, true);
});

test('one that sends nothing for two seconds is disconnected', () => {
  const { socket } = rejected();
  pass(socket, 1);
  assert.equal(socket.destroyed, false);
  pass(socket, 0);
  assert.equal(socket.destroyed, true);
});

test('one that sends more than 2 GiB is disconnected', () => {
  const { socket } = rejected();
  pass(socket, 2 ** 31);
  assert.equal(socket.destroyed, false);
  pass(socket, 1);
  assert.equal(socket.destroyed, true);
});

test('64 connections linger at a time, and others when these are closed', () => {
  const sockets = Array.from({ length: 64 }, () => rejected().socket);
  assert.equal(rejected().socket.isDestroyedSoon, true);
  sockets[0]!.destroy();
  const { socket } = rejected();
  assert.equal(socket.destroyed, false);
  for (const each of [...sockets, socket]) each.destroy();
});
