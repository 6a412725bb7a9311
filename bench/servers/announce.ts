import type { FastifyInstance } from 'fastify';

/** Listens on a free port, says which and whatever else there is to say, and ends with this process's input. */
export async function announce(app: FastifyInstance, facts: object = {}): Promise<void> {
  process.stdin.on('end', () => process.exit()).resume();
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  process.stdout.write(`${JSON.stringify({ port: Number(new URL(url).port), ...facts })}\n`);
}
