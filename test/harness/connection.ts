import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A port of this machine, or the path of a Unix socket. */
export type Address = number | string;

export interface TimedResponse {
  readonly status: number;
  /** From the first byte sent to the last byte received. */
  readonly ms: number;
  /** Status line and headers as received. */
  readonly head: string;
  /** As much of it as was to be kept, by default nothing. */
  readonly body: Buffer;
}

const RECEIVE_BYTES = 1 << 20;
const HEAD_END = '\r\n\r\n';

/**
 * One kept-alive HTTP/1.1 connection with little overhead: requests are prepared bytes, and responses are received into
 * one buffer and only counted. A full client would add the same time to every measurement, and so hide differences.
 */
export class Connection {
  readonly #socket: Socket;
  #receive: (bytes: Buffer) => void = () => {};
  #fail: (error: Error) => void = () => {};

  private constructor(address: Address) {
    const buffer = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
    const onread = {
      buffer,
      callback: (length: number) => {
        this.#receive(buffer.subarray(0, length));
        return true;
      },
    };
    const target =
      typeof address === 'string' ? { path: address } : { host: '127.0.0.1', port: address, noDelay: true };
    this.#socket = connect({ ...target, onread });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error(`the server at ${address} closed the connection`)));
  }

  static async open(address: Address): Promise<Connection> {
    const connection = new Connection(address);
    await once(connection.#socket, 'connect');
    return connection;
  }

  /**
   * Sends a whole request and waits for the whole response.
   *
   * @param options whether to keep the body, or the most bytes of it to keep
   */
  send(request: Buffer, options: { keepBody?: boolean; keepBytes?: number } = {}): Promise<TimedResponse> {
    const { keepBytes = options.keepBody ? Number.POSITIVE_INFINITY : 0 } = options;
    return new Promise((resolve, reject) => {
      const kept: Buffer[] = [];
      let head: Head | undefined;
      let headText = '';
      let received = 0;
      const take = (bytes: Buffer) => {
        if (received < keepBytes) kept.push(Buffer.from(bytes.subarray(0, keepBytes - received)));
        received += bytes.length;
      };
      this.#fail = reject;
      this.#receive = (bytes) => {
        if (head) take(bytes);
        else {
          headText += bytes.toString('latin1');
          const end = headText.indexOf(HEAD_END);
          if (end < 0) return;
          head = readHead(headText.slice(0, end));
          take(bytes.subarray(bytes.length - (headText.length - end - HEAD_END.length)));
        }
        if (received < head.length) return;
        resolve({ status: head.status, ms: performance.now() - start, head: head.text, body: Buffer.concat(kept) });
      };
      if (this.closed) reject(new Error('the connection is closed'));
      const start = performance.now();
      this.#socket.write(request);
    });
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  close(): void {
    this.#socket.destroy();
  }
}

interface Head {
  readonly text: string;
  readonly status: number;
  readonly length: number;
}

function readHead(text: string): Head {
  const length = headerOf(text, 'content-length');
  if (length === undefined) throw new Error(`a response without Content-Length: ${text}`);
  return { text, status: Number(text.split(' ')[1]), length: Number(length) };
}

/** The value of a header, in the head of a response. */
export function headerOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*?) *\r?$`, 'im').exec(head)?.[1];
}

export type Headers = Readonly<Record<string, string | number>>;

/** A whole POST request as bytes. */
export function post(path: string, contentType: string, body: Uint8Array, headers: Headers = {}): Buffer {
  const all = { 'Content-Type': contentType, 'Content-Length': body.length, ...headers };
  return Buffer.concat([requestHead('POST', path, all), body]);
}

/** A whole request without a body. */
export function requestHead(method: string, path: string, headers: Headers = {}): Buffer {
  const lines = Object.entries({ Host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
}

/** Sends a request that must succeed; resolves to its milliseconds. */
export async function timeRequest(connection: Connection, request: Buffer): Promise<number> {
  const { status, ms } = await connection.send(request);
  if (status !== 200) throw new Error(`a timed request got status ${status}`);
  return ms;
}
