import { type ChildProcess, spawn } from 'node:child_process';

export interface ProcessSetup {
  /** Beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where its standard output goes: to this process, nowhere, or to a file that is open here. */
  readonly stdout?: 'pipe' | 'ignore' | number;
}

/** Starts a process that does not outlive this one. */
export function startProcess(
  command: string,
  args: readonly string[],
  { env = {}, stdout = 'pipe' }: ProcessSetup = {},
): ChildProcess {
  const child = spawn(command, args, { stdio: ['pipe', stdout, 'pipe'], env: { ...process.env, ...env } });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}
