import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';

// The resident memory of a process, as Linux reports it.

export function rssKnown(): boolean {
  return existsSync('/proc/self/clear_refs');
}

/** Bytes resident now. */
export function rss(pid: number): Promise<number> {
  return statusField(pid, 'VmRSS');
}

/** The most bytes resident since `resetPeak`. */
export function peakRss(pid: number): Promise<number> {
  return statusField(pid, 'VmHWM');
}

/** Resets the peak to the current resident memory. */
export async function resetPeak(pid: number): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}

async function statusField(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kibibytes = new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`no ${field} of process ${pid}`);
  return Number(kibibytes) * 1024;
}
