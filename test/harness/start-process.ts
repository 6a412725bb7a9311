import { type ChildProcess, spawn } from 'node:child_process';
import { cleanEnvironment } from './clean-environment.ts';

export interface ProcessSetup {
  /** Added to the environment of this process, from which it gets no settings of the service. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where its standard output goes: to this process, nowhere, or to an open file descriptor. */
  readonly stdout?: 'pipe' | 'ignore' | number;
}

/** Starts a process that ends with this one at the latest. */
export function startProcess(
  command: string,
  args: readonly string[],
  { env = {}, stdout = 'pipe' }: ProcessSetup = {},
): ChildProcess {
  const child = spawn(command, args, { stdio: ['pipe', stdout, 'pipe'], env: { ...cleanEnvironment(), ...env } });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}
