import type { DecodedRequest } from '../../src/codecs/codec.ts';
import { safetensorsCodec } from '../../src/codecs/safetensors/safetensors-codec.ts';
import { sweepCodec } from '../../src/codecs/sweep/sweep-codec.ts';
import type { DecodedSweep } from '../../src/codecs/sweep/sweep-request.ts';
import { unpooled } from '../../src/core/allocator.ts';
import { BufferPool } from '../../src/core/buffer-pool.ts';
import type { Engine, TimedEvaluation } from '../../src/engine/engine.ts';
import { scaleOf } from '../../src/loss/batch.ts';
import { totalOf } from '../../src/loss/class-sums.ts';
import { summarizeSweep } from '../../src/loss/sweep-summary.ts';
import type { Mode } from './modes.ts';

/** The batch as the service has it after it has read the file. */
export function readFile({ grid }: Mode, file: Buffer): DecodedRequest | DecodedSweep {
  const bytes = unpooled.bytes(file.length);
  bytes.set(file);
  const codec = grid ? sweepCodec(safetensorsCodec) : safetensorsCodec;
  return codec.read({ bytes, jsonBytes: 0 }, unpooled);
}

const pool = new BufferPool(2 ** 32);

/** As the service does for each request. */
export async function evaluateRequest(
  engine: Engine,
  { batch, hyperParameters }: DecodedRequest,
  use: (evaluation: TimedEvaluation) => void = () => {},
): Promise<void> {
  const lease = pool.lease();
  use(await engine.evaluate(batch, { lease, hyperParameters }));
  lease.release();
}

/** What all implementations must agree on. */
export interface Totals {
  /** The loss as the request reduces it; of a sweep, that of every pair. */
  readonly losses: readonly number[];
  /** The sum of the gradients' magnitudes; 0 of a sweep, which returns none. */
  readonly gradientL1: number;
}

export async function totalsOf(engine: Engine, request: DecodedRequest | DecodedSweep): Promise<Totals> {
  const { batch } = request;
  let totals: Totals | undefined;
  await evaluateRequest(engine, request, ({ sums }) => {
    totals =
      'sweep' in request
        ? { losses: Array.from(summarizeSweep(batch, request.sweep, sums), ({ loss }) => loss), gradientL1: 0 }
        : {
            losses: [totalOf(sums, 'loss') * scaleOf(batch)],
            gradientL1: totalOf(sums, 'gradient_l1') * scaleOf(batch),
          };
  });
  return totals!;
}

/** Whether the engines' results, sums and arrays, are the same bytes. */
export async function sameBytes(engines: readonly Engine[], request: DecodedRequest): Promise<boolean> {
  const results: Buffer[] = [];
  for (const engine of engines) {
    await evaluateRequest(engine, request, ({ sums, bins, arrays }) => {
      const parts = [sums, ...(bins ? [bins] : []), ...Object.values(arrays)];
      results.push(Buffer.concat(parts.map((part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength))));
    });
  }
  return results.every((bytes) => bytes.equals(results[0]!));
}
