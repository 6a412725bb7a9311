import { requestHead } from '../../harness/connection.ts';
import { toBytes, V1 } from '../request-formats.ts';
import { compressed, type HostileShape, joined, json, type Message, repeated } from './hostile-shape.ts';
import { zeros } from './number-shapes.ts';
import { raggedRows } from './structure-shapes.ts';

// Many requests at once on a connection, and responses that are not read.

const TINY = toBytes(json('{"logits":[0],"labels":[1]}'));
const LAST = requestHead('GET', '/health/live', { Connection: 'close' });

function connection(name: string, statuses: readonly number[], make: () => Message): HostileShape {
  return { name, statuses, make: () => [make()] };
}

/** Requests without waiting for responses; the last one closes the connection. */
function pipelined(bytes: Buffer, times: number): Message {
  return { bytes: joined(...new Array<Buffer>(times).fill(bytes), LAST), conduct: 'hold' };
}

export const CONNECTION_SHAPES: readonly HostileShape[] = [
  connection('30 wrong batches pipelined', [200, 422, 429], () => pipelined(toBytes(compressed(raggedRows(1000))), 30)),
  connection('1000 tiny batches pipelined', [200, 429], () => pipelined(TINY, 1000)),
  connection('1000 tiny batches pipelined, reset', [200, 429], () => ({
    bytes: repeated(TINY.toString(), 1000),
    conduct: 'leave',
  })),
  connection('1000 times /metrics pipelined', [200], () => pipelined(requestHead('GET', '/metrics'), 1000)),
  connection('1000 times /openapi.json pipelined, unread', [200], () => ({
    bytes: repeated(requestHead('GET', '/openapi.json').toString(), 1000),
    conduct: 'unread',
  })),
  connection('many headers pipelined behind documents, unread', [200, 404, 431], () => ({
    bytes: joined(
      repeated(requestHead('GET', '/openapi.json').toString(), 5),
      repeated(`GET /x HTTP/1.1\r\nHost: x\r\n${'a:b\r\n'.repeat(90)}\r\n`, 500),
    ),
    conduct: 'unread',
  })),
  connection('a batch and 1 MB of garbage pipelined', [200, 400, 429], () => ({
    bytes: joined(TINY, repeated('\0 garbage\r\n', 80_000)),
    conduct: 'hold',
  })),
  {
    name: 'long responses, unread',
    path: V1,
    make: () => {
      const request = compressed(zeros(1_000_000, '["gradients","elementwise","hessian"]'));
      return [{ bytes: toBytes(request), conduct: 'unread' }];
    },
  },
];
