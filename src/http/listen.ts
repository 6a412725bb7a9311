import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { SettingsError } from '../core/settings-error.ts';
import { removeStaleSocket } from './stale-socket.ts';

/** A host and a port, or the path of a Unix socket. */
export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Resolves a host name to one address.
 *
 * Given the name `localhost`, Fastify would listen on each of its addresses with a server of its own, and only the first
 * of these would have this service's limits and listeners. Of several addresses an IPv4 one is preferred: clients that
 * resolve the name to both try both, and some resolve it to IPv4 only.
 *
 * @throws {SettingsError} if the name does not resolve
 */
export async function resolveHost(address: ListenAddress): Promise<ListenAddress> {
  if ('path' in address) return address;
  try {
    const { address: host } = await lookup(address.host, { order: 'ipv4first' });
    return { host, port: address.port };
  } catch (cause) {
    const expected = 'expected an address of this machine, such as 127.0.0.1 or ::1, or a name that resolves to one';
    const got = `got ${JSON.stringify(address.host)} (${codeOf(cause)})`;
    throw new SettingsError(`HOST (--host): ${expected}; ${got}`, { cause });
  }
}

/**
 * Listens on a resolved address.
 *
 * @returns the URL of the page; undefined on a Unix socket
 * @throws {SettingsError} if the address or the socket can't be listened on
 */
export async function listen(app: FastifyInstance, address: ListenAddress): Promise<string | undefined> {
  if ('path' in address) await removeStaleSocket(address.path);
  try {
    const url = await app.listen({ ...address, listenTextResolver: (text) => `listening at ${text}` });
    return 'path' in address ? undefined : url;
  } catch (cause) {
    throw new SettingsError(reasonNotToListen(address, codeOf(cause)), { cause });
  }
}

/** Whether other machines can connect to a resolved address. */
export function isReachableFromOutside(address: ListenAddress): boolean {
  if ('path' in address) return false;
  const [host = ''] = address.host.split('%'); // Without the zone of a link-local address.
  return !LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4');
}

function reasonNotToListen(address: ListenAddress, code: string): string {
  if ('path' in address) {
    return `SOCKET (--socket): expected a path in a folder that exists and is writable, got ${JSON.stringify(address.path)} (${code})`;
  }
  const { host, port } = address;
  switch (code) {
    case 'EADDRINUSE':
      return `PORT (--port): expected a free port of ${host}, got ${port}, which is in use; set another one, or 0 for any`;
    case 'EACCES':
      return `PORT (--port): expected a port that this user may listen on, got ${port}; set one from 1024 to 65535`;
    default:
      return `HOST (--host): expected an address of this machine, got ${host} (${code}); 0.0.0.0 and :: listen on all`;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
