import { randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { DATATYPES, type Datatype } from '../../src/codecs/open-inference/inference-datatype.ts';
import type { RawTensor } from '../../src/codecs/raw-tensor.ts';
import { PER_CLASS_TENSORS } from '../../src/codecs/response-tensors.ts';
import { type Connection, post } from '../../test/harness/connection.ts';
import type { ModeTensors } from '../modes/mode-tensors.ts';
import type { Mode } from '../modes/modes.ts';

const INFER = '/v2/models/focal-loss/infer';
const JSON_TYPE = 'application/json';
/** What every caller asks for beside the gradients. */
export const OTHER_OUTPUTS = ['loss', 'sum', 'denominator', ...PER_CLASS_TENSORS.map(({ name }) => name)];

/** A batch whose logits, labels and gradients lie one behind the other in a shared memory object. */
export class RegionBatch {
  /** Asks for loss, gradients and breakdown. */
  readonly request: Buffer;
  readonly #name = `focal-loss-bench-${randomUUID()}`;
  readonly #fd = openSync(`/dev/shm/${this.#name}`, 'wx+', 0o600);
  readonly #gradientsAt: number;
  readonly #size: number;

  constructor(mode: Mode, { logits, labels }: ModeTensors) {
    this.#gradientsAt = logits.bytes.length + labels.bytes.length;
    this.#size = this.#gradientsAt + logits.bytes.length;
    ftruncateSync(this.#fd, this.#size);
    write(this.#fd, logits.bytes, 0);
    write(this.#fd, labels.bytes, logits.bytes.length);
    // A job uses its region again and again: the first write to a page does not count.
    write(this.#fd, logits.bytes, this.#gradientsAt);
    const place = (offset: number, bytes: number) => ({
      parameters: {
        shared_memory_region: this.#name,
        shared_memory_byte_size: bytes,
        ...(offset > 0 && { shared_memory_offset: offset }),
      },
    });
    const body = JSON.stringify({
      inputs: [
        { ...describe('logits', logits), ...place(0, logits.bytes.length) },
        { ...describe('labels', labels), ...place(logits.bytes.length, labels.bytes.length) },
      ],
      outputs: [
        { name: 'gradients', ...place(this.#gradientsAt, logits.bytes.length) },
        ...OTHER_OUTPUTS.map((name) => ({ name, parameters: { binary_data: true } })),
      ],
      parameters: mode.options,
    });
    this.request = post(INFER, JSON_TYPE, Buffer.from(body));
  }

  async register(service: Connection): Promise<void> {
    const path = `/v2/systemsharedmemory/region/${this.#name}/register`;
    const body = JSON.stringify({ key: `/${this.#name}`, byte_size: this.#size });
    const { status } = await service.send(post(path, JSON_TYPE, Buffer.from(body)));
    if (status !== 200) throw new Error(`the region was not registered: ${status}`);
  }

  gradients(): Buffer {
    const bytes = Buffer.alloc(this.#size - this.#gradientsAt);
    readSync(this.#fd, bytes, 0, bytes.length, this.#gradientsAt);
    return bytes;
  }

  async remove(service: Connection): Promise<void> {
    await service.send(post(`/v2/systemsharedmemory/region/${this.#name}/unregister`, JSON_TYPE, Buffer.alloc(0)));
    closeSync(this.#fd);
    rmSync(`/dev/shm/${this.#name}`);
  }
}

/** The same batch as tritonclient sends it over the wire. */
export function wireRequest(mode: Mode, { logits, labels }: ModeTensors): Buffer {
  const input = (name: string, tensor: RawTensor) => ({
    ...describe(name, tensor),
    parameters: { binary_data_size: tensor.bytes.length },
  });
  const json = Buffer.from(
    JSON.stringify({
      inputs: [input('logits', logits), input('labels', labels)],
      outputs: ['gradients', ...OTHER_OUTPUTS].map((name) => ({ name, parameters: { binary_data: true } })),
      parameters: mode.options,
    }),
  );
  const body = Buffer.concat([json, logits.bytes, labels.bytes]);
  return post(INFER, 'application/octet-stream', body, { 'Inference-Header-Content-Length': json.length });
}

function describe(name: string, { dtype, shape }: RawTensor) {
  const datatype = (Object.keys(DATATYPES) as Datatype[]).find((candidate) => DATATYPES[candidate] === dtype);
  return { name, datatype, shape };
}

function write(fd: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, position + at);
}
