import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

// The least that Node does for a request: it collects the body and sends as many bytes as the path says, `/BYTES`, without a
// copy as far as the body has them.

async function collect(request: IncomingMessage): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => request.on('end', resolve));
  return chunks;
}

const server = createServer(async (request, response) => {
  let left = Number(request.url!.slice(1));
  const chunks = await collect(request);
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': left });
  response.cork();
  for (const chunk of chunks) {
    response.write(chunk.subarray(0, left));
    left -= Math.min(left, chunk.length);
  }
  response.end(Buffer.alloc(left));
  response.uncork();
});

process.stdin.on('end', () => process.exit()).resume();
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
