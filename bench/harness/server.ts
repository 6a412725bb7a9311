import { fileURLToPath } from 'node:url';
import type { Address } from '../../test/harness/connection.ts';
import { Child } from './child.ts';

/** Starts a script of `bench/servers/`, with the socket or other arguments that it takes. */
export async function startServer(script: string, ...args: string[]): Promise<Child & { readonly address: Address }> {
  const loader = new URL('../../scripts/typescript.mjs', import.meta.url).href;
  const file = fileURLToPath(new URL(`../servers/${script}`, import.meta.url));
  const child = await Child.start(process.execPath, ['--import', loader, file, ...args]);
  return Object.assign(child, { address: args[0] ?? child.port });
}
