import { readFileSync, readlinkSync } from 'node:fs';
import type { RegionOwner } from '../../../src/core/shared-memory/region-owner.ts';

/** A process of this PID namespace, as it would name itself in the key of a region. */
export function describeProcess(pid: number): RegionOwner {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return {
    pid,
    startTime: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!,
    namespace: /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0],
  };
}
