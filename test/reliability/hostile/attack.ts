import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, Connection, headerOf } from '../../harness/connection.ts';
import { converse } from './converse.ts';
import type { Message } from './hostile-shape.ts';
import { BUSY, MAX_PROBLEM_BYTES, type Tally } from './tally.ts';

/** How soon a request is sent again that got 429: without it the rest of them would get it, too, and do no harm. */
const RETRY_MS = 250;

export interface Effort {
  /** How many requests are sent that do not get 429. */
  readonly times: number;
  readonly connections: number;
  /** How long connections are held, unread or fed byte by byte, if the service does not close them before. */
  readonly holdMs: number;
  /** What is not complete after so long is given up. */
  readonly withinMs: number;
}

/** A message, and where its outcome is counted. */
export interface Shot {
  readonly message: Message;
  readonly tally: Tally;
}

/** Sends messages in turn over many connections, each of which waits for its response before it sends again. */
export async function attack(
  address: Address,
  shots: readonly Shot[],
  { times, connections, holdMs, withinMs }: Effort,
): Promise<void> {
  const over = AbortSignal.timeout(withinMs);
  setMaxListeners(0, over);
  let next = 0;
  let left = times;
  const client = async () => {
    const sender = new Sender(address, over);
    while (left > 0 && !over.aborted) {
      left -= 1;
      const { message, tally } = shots[next++ % shots.length]!;
      if (message.conduct !== 'whole') {
        await hold(address, message, AbortSignal.any([over, AbortSignal.timeout(holdMs)]), tally);
      } else if ((await sender.send(message.bytes, tally)) === BUSY) {
        left += 1;
        await sleep(RETRY_MS);
      }
    }
    sender.close();
  };
  await Promise.all(Array.from({ length: connections }, client));
}

async function hold(address: Address, message: Message, over: AbortSignal, tally: Tally): Promise<void> {
  const statuses = await converse(address, message, over);
  for (const status of statuses) tally.addStatus(status);
  if (statuses.length === 0) tally.addSilence(over.aborted ? 'open' : 'closed');
}

/** Sends whole requests on one connection for as long as the service keeps it. */
class Sender {
  readonly #address: Address;
  readonly #over: AbortSignal;
  #connection: Connection | undefined;

  constructor(address: Address, over: AbortSignal) {
    this.#address = address;
    this.#over = over;
    over.addEventListener('abort', () => this.close());
  }

  /** @returns the status, if there is a response */
  async send(bytes: Buffer, tally: Tally): Promise<number | undefined> {
    try {
      this.#connection ??= await Connection.open(this.#address);
      const response = await this.#connection.send(bytes, { keepBytes: MAX_PROBLEM_BYTES });
      tally.addResponse(response);
      if (headerOf(response.head, 'connection') === 'close') this.close();
      return response.status;
    } catch {
      this.close();
      tally.addSilence(this.#over.aborted ? 'open' : 'closed');
      if (!this.#over.aborted) tally.addIssue('a connection closed without a response');
      return undefined;
    }
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}
