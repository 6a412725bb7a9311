import { readFileSync, readlinkSync } from 'node:fs';

/** The process that created a region, as the Python client writes it into the key (clients/python, region.py). */
export interface RegionOwner {
  readonly pid: number;
  /** When it started, in clock ticks since the system did: tells it from a later process with the same id. */
  readonly startTime: string;
  /** The inode of the PID namespace in which it has this id. */
  readonly namespace: string;
}

const KEY = /^\/?focal-loss-([1-9]\d{0,9})-(\d{1,20})-(\d{1,20})-[0-9a-f]{16}$/;

/** @returns undefined if the key is of another form */
export function ownerOf(key: string): RegionOwner | undefined {
  const [, pid, startTime, namespace] = KEY.exec(key) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), startTime: startTime!, namespace: namespace! };
}

/** `unseen`: a process of another PID namespace, or one about which the system says nothing. */
export type OwnerState = 'running' | 'gone' | 'unseen';

export function findOwner({ pid, startTime, namespace }: RegionOwner): OwnerState {
  if (namespace !== ownNamespace()) return 'unseen';
  try {
    return isRunning(readFileSync(`/proc/${pid}/stat`, 'latin1'), startTime) ? 'running' : 'gone';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ESRCH' ? 'gone' : 'unseen';
  }
}

let namespaceInode: string | undefined;

/** The inode of this process's PID namespace; empty if the system does not say. */
function ownNamespace(): string {
  namespaceInode ??= readNamespace();
  return namespaceInode;
}

function readNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '';
  } catch {
    return '';
  }
}

/** Fields of `/proc/PID/stat`, counted from behind the name, which is in parentheses and may contain any character. */
const STATE = 0;
const START_TIME = 19;

/** A killed process stays as a zombie until its parent asks for its status; its memory is gone. */
function isRunning(stat: string, startTime: string): boolean {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[START_TIME] === startTime && !/[ZXx]/.test(fields[STATE]!);
}
