import type { ClientRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../harness/until.ts';

/** What is left of a body at first: enough to go on byte by byte. */
const REST = 2 ** 20;
/** Less than that tells the service nothing of how fast a body arrives. */
const PAUSE_MS = 40;

/** Writes a large piece of a body as over a network that is slower than this machine. */
export async function writeInTwo(outgoing: ClientRequest, bytes: Buffer): Promise<void> {
  const first = Math.floor(bytes.length / 2);
  outgoing.write(bytes.subarray(0, first));
  await sleep(PAUSE_MS);
  outgoing.write(bytes.subarray(first));
}

/**
 * The same until the batch has begun to be computed: on a busy machine both pieces may arrive at once, and only the bytes
 * behind them show that the body arrives slowly.
 *
 * @returns how many bytes were written
 */
export async function writeUntilBegun(
  outgoing: ClientRequest,
  bytes: Buffer,
  hasBegun: () => boolean,
): Promise<number> {
  let written = bytes.length - REST;
  await writeInTwo(outgoing, bytes.subarray(0, written));
  await until('it has begun', () => {
    if (hasBegun()) return true;
    outgoing.write(bytes.subarray(written, written + 1));
    written += 1;
    return false;
  });
  return written;
}
