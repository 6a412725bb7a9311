import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrape } from '../harness/scrape.ts';
import { bytesOf, SharedObject, skip } from '../helpers/core/shared-object.ts';
import { inRegion, jsonBody, startRegionService } from '../helpers/http/region-service.ts';

// Clients that lie about regions, or change them while they are used: each gets a clear error, and the service goes on.

const SAMPLES = 3000;
const CLASSES = 60;
const SIZE = 4 * SAMPLES * CLASSES;
const service = await startRegionService('--engine-threads', '2');

/** Class indices of one byte behind the logits, and room for the gradients behind these. */
const LABELS_AT = SIZE;
const GRADIENTS_AT = SIZE + SAMPLES;
const TOTAL = GRADIENTS_AT + SIZE;

function makeObject(): SharedObject {
  const logits = Float32Array.from({ length: SAMPLES * CLASSES }, (_, i) => Math.cos(i) * 5);
  const object = new SharedObject(TOTAL + 4096);
  object.write(0, bytesOf(logits));
  return object;
}

type Parameters = Record<string, unknown>;

function requestOf(
  { logits = {}, labels = {}, gradients = {} }: Record<string, Parameters> = {},
  shape = [SAMPLES, CLASSES],
) {
  const given = (place: object, change: Parameters) => ({ parameters: { ...place, ...change } });
  return {
    inputs: [
      { name: 'logits', datatype: 'FP32', shape, ...given(inRegion('r', SIZE), logits) },
      {
        name: 'labels',
        datatype: 'UINT8',
        shape: shape.slice(0, 1),
        ...given(inRegion('r', SAMPLES, LABELS_AT), labels),
      },
    ],
    outputs: [{ name: 'loss' }, { name: 'gradients', ...given(inRegion('r', SIZE, GRADIENTS_AT), gradients) }],
  };
}

test('parameters that lie are rejected, each with what was expected', { skip }, async () => {
  const { key } = makeObject();
  await service.register('r', { key, offset: 0, byte_size: TOTAL });
  const long = 'x'.repeat(2 ** 20);
  for (const [change, message] of [
    [{ logits: { shared_memory_region: 'unknown' } }, /^\/logits: Unable to find shared memory region: 'unknown'/],
    [{ logits: { shared_memory_region: long } }, /^\/logits: Unable to find shared memory region: 'xxx.{0,200}$/],
    [{ logits: { shared_memory_region: '' } }, /^\/logits: Unable to find shared memory region: ''/],
    [{ logits: { shared_memory_region: '__proto__' } }, /^\/logits: Unable to find shared memory region/],
    [
      { logits: { shared_memory_region: 7 } },
      /^\/inputs\/0\/parameters\/shared_memory_region: expected a string, got 7/,
    ],
    [{ logits: { shared_memory_region: undefined } }, /^\/logits: expected both .*, got no shared_memory_region$/],
    [
      { logits: { shared_memory_byte_size: undefined } },
      /^\/logits: expected both .*, got no shared_memory_byte_size$/,
    ],
    [{ logits: { shared_memory_byte_size: SIZE - 1 } }, /^\/logits: expected a shared_memory_byte_size of 720000 for/],
    [{ logits: { shared_memory_byte_size: TOTAL + 1 } }, /^\/logits: Invalid offset \+ byte size for shared memory/],
    [
      { logits: { shared_memory_offset: TOTAL - SIZE + 1 } },
      /^\/logits: Invalid offset \+ byte size for shared memory/,
    ],
    [{ logits: { shared_memory_offset: TOTAL + 1 } }, /^\/logits: Invalid offset for shared memory region: 'r'/],
    [{ logits: { shared_memory_offset: -1 } }, /shared_memory_offset: expected a number ≥ 0, got -1/],
    [{ logits: { shared_memory_offset: 0.5 } }, /shared_memory_offset: expected an integer, got 0.5/],
    [{ logits: { shared_memory_offset: 1e300 } }, /shared_memory_offset: expected/],
    [{ logits: { shared_memory_offset: '0' } }, /shared_memory_offset: expected a number, got "0"/],
    [
      { logits: { shared_memory_offset: Number.MAX_SAFE_INTEGER } },
      /^\/logits: Invalid offset for shared memory region/,
    ],
    [{ logits: { binary_data_size: 0 } }, /^\/logits: expected no data beside the parameters of shared memory/],
    [{ labels: { shared_memory_byte_size: SAMPLES + 1 } }, /^\/labels: expected a shared_memory_byte_size of 3000 for/],
    [{ gradients: { shared_memory_byte_size: SIZE - 4 } }, /\(719996 bytes\) should be at least 720000 bytes to hold/],
    [{ gradients: { shared_memory_offset: GRADIENTS_AT + 1 } }, /^\/outputs\/1: Invalid offset \+ byte size/],
    [
      { gradients: { shared_memory_region: 'unknown' } },
      /^\/outputs\/1: Unable to find shared memory region: 'unknown'/,
    ],
    [
      { gradients: { shared_memory_offset: 0 } },
      /^\/outputs\/1: expected gradients to overlap no other tensor, got bytes/,
    ],
    [{ gradients: { shared_memory_offset: GRADIENTS_AT - 1 } }, /bytes that labels has, too$/],
    [{ gradients: { binary_data: true } }, /^\/outputs\/1: Output can't set both 'shared_memory_region' and/],
  ] as const) {
    await service.rejects(jsonBody(requestOf(change as Record<string, Parameters>)), message);
  }
  const withData = requestOf();
  Object.assign(withData.inputs[1]!, { data: new Array(SAMPLES).fill(0) });
  await service.rejects(jsonBody(withData), /^\/labels: expected no data beside the parameters of shared memory/);
  for (const shape of [
    [2 ** 40, 2 ** 40],
    [0, 5],
    [SAMPLES, CLASSES, 1, 1, 1, 1],
    [2 ** 53, 1],
  ]) {
    await service.rejects(jsonBody(requestOf({}, shape)), /expected/);
  }
  await service.infer(jsonBody(requestOf()));
  await service.unregister();
});

test('two regions of one object count as one for tensors that overlap', { skip }, async () => {
  const { key } = makeObject();
  await service.register('r', { key, byte_size: TOTAL });
  await service.register('behind', { key, offset: LABELS_AT, byte_size: TOTAL - LABELS_AT });
  const place = (offset: number) => ({ gradients: { shared_memory_region: 'behind', shared_memory_offset: offset } });
  await service.rejects(jsonBody(requestOf(place(SAMPLES - 1))), /bytes that labels has, too$/);
  await service.infer(jsonBody(requestOf(place(SAMPLES))));
  await service.unregister();
});

test('an object that is shortened and lengthened during 1000 evaluations is an error of those that notice', {
  skip,
}, async () => {
  const object = makeObject();
  await service.register('r', { key: object.key, byte_size: TOTAL });
  const body = JSON.stringify(requestOf());
  const statuses = new Map<number, number>();
  let left = 1000;
  let isDone = false;
  const client = async () => {
    while (left-- > 0) {
      const response = await fetch(`${service.url}/v2/models/focal-loss/infer`, { method: 'POST', body });
      const text = await response.text();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (response.status === 200) continue;
      assert.equal(response.status, 400, text);
      assert.match(JSON.parse(text).error, /in the file of shared memory region 'r', got \d+: it was shortened after/);
    }
  };
  const lengths = [0, 1000, SIZE / 2, LABELS_AT + 5, GRADIENTS_AT + 100_000, TOTAL - 1];
  const owner = async () => {
    for (let i = 0; !isDone; i++) {
      object.resize(lengths[i % lengths.length]!);
      await new Promise(setImmediate);
      assert.ok(object.size <= TOTAL);
      object.resize(TOTAL);
      await new Promise((resolve) => setTimeout(resolve, i % 3));
    }
  };
  const owning = owner();
  await Promise.all([client(), client(), client(), client()]);
  isDone = true;
  await owning;
  assert.ok(statuses.get(200)! > 0 && statuses.get(400)! > 0, JSON.stringify([...statuses]));
  object.write(0, Buffer.alloc(SIZE));
  await service.infer(jsonBody(requestOf()));
  await service.unregister();
  const { samples } = await scrape(service.url);
  assert.equal(samples.get('focal_loss_regions_open'), 0);
  assert.equal(samples.get('focal_loss_engine_thread_restarts_total'), 0);
});
