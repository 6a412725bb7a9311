import type { ClientRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Less than that tells the service nothing of how fast a body arrives. */
const PAUSE_MS = 40;

/** Writes a large piece of a body as over a network that is slower than this machine. */
export async function writeInTwo(outgoing: ClientRequest, bytes: Buffer): Promise<void> {
  const first = Math.floor(bytes.length / 2);
  outgoing.write(bytes.subarray(0, first));
  await sleep(PAUSE_MS);
  outgoing.write(bytes.subarray(first));
}
