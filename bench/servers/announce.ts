import type { FastifyInstance } from 'fastify';

/**
 * Listens on the Unix socket that the command line names, else on a free port, prints the port and `facts` as one line of
 * JSON, and exits when standard input ends.
 */
export async function announce(app: FastifyInstance, facts: object = {}): Promise<void> {
  process.stdin.on('end', () => process.exit()).resume();
  const socket = process.argv[2];
  const url = await app.listen(socket ? { path: socket } : { host: '127.0.0.1', port: 0 });
  process.stdout.write(`${JSON.stringify({ port: socket ? 0 : Number(new URL(url).port), ...facts })}\n`);
}
