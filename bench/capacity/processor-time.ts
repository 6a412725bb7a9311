import { existsSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever its own clock does (USER_HZ). */
const TICK_MS = 10;

export const processorTimeKnown = existsSync('/proc/self/stat');

/** Milliseconds that all threads of the processes have run on a core. */
export function processorMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + processMs(pid), 0);
}

function processMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may have anything in it. Behind it come the fields from the third on (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user, system] = [fields[14 - 3], fields[15 - 3]];
  return (Number(user) + Number(system)) * TICK_MS;
}
