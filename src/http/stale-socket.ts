import { lstat, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { SettingsError } from '../core/settings-error.ts';

/**
 * Removes the Unix socket that a process left behind when it was killed: it would be "in use" for ever.
 *
 * @throws {SettingsError} if a process listens on it, or the path is something else, which is not deleted
 */
export async function removeStaleSocket(path: string): Promise<void> {
  const stats = await lstat(path).catch(() => undefined); // If it is unreadable, listening on it fails, and says why.
  if (!stats) return;
  if (!stats.isSocket()) throw socketError('expected a new path, or a Unix socket', path, 'which is neither');
  const error = await errorOfConnecting(path);
  switch (error?.code) {
    case 'ENOENT': // It has just been removed.
      return;
    case 'ECONNREFUSED':
      return unlink(path).catch((cause) => {
        throw socketError('expected a socket that may be replaced', path, `which can't be removed (${cause.code})`);
      });
    default:
      throw socketError(
        'expected a socket that no process uses',
        path,
        `which is in use${error ? ` (${error.code})` : ''}`,
      );
  }
}

/** Connects and disconnects; resolves to the error if that fails. */
function errorOfConnecting(path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', resolve);
  });
}

function socketError(expected: string, path: string, got: string): SettingsError {
  return new SettingsError(`SOCKET (--socket): ${expected}; got ${JSON.stringify(path)}, ${got}`);
}
