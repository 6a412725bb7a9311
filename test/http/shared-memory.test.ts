import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scrape } from '../harness/scrape.ts';
import { bytesOf, SharedObject, skip } from '../helpers/core/shared-object.ts';
import { inRegion, jsonBody, type RegionService, startRegionService } from '../helpers/http/region-service.ts';

// Batches in shared memory over HTTP: the same numbers as in the body, whatever lies in regions, and nothing else is touched.

const SAMPLES = 4000;
const CLASSES = 40;
const ELEMENTS = SAMPLES * CLASSES;
/** What lies between the tensors. */
const GAP = 7;
const CANARY = 0xc3;

const logits = Float32Array.from({ length: ELEMENTS }, (_, i) => Math.sin(i * 0.7) * 9);
const labels = BigInt64Array.from({ length: SAMPLES }, (_, i) => BigInt((i * 7) % CLASSES));
const weights = Float32Array.from({ length: SAMPLES }, (_, i) => (i % 5) / 2);
const classWeights = Float64Array.from({ length: CLASSES }, (_, i) => 0.5 + i);

/** Lays tensors out in an object, with gaps around them. */
class Layout {
  readonly offsets = new Map<string, number>();
  size = GAP;

  add(name: string, bytes: number): this {
    this.offsets.set(name, this.size);
    this.size += bytes + GAP;
    return this;
  }

  gaps(sizes: ReadonlyMap<string, number>): number[] {
    return [0, ...[...this.offsets].map(([name, offset]) => offset + sizes.get(name)!)];
  }
}

const INPUTS = { logits, labels, sample_weights: weights, class_weights: classWeights };
const OUTPUT_BYTES = {
  gradients: 4 * ELEMENTS,
  hessian_diagonal: 4 * ELEMENTS,
  elementwise: 4 * ELEMENTS,
  loss: 8,
  'per_class.positives': 8 * CLASSES,
  'per_class.loss.total': 8 * CLASSES,
};
const DESCRIPTIONS = {
  logits: { datatype: 'FP32', shape: [SAMPLES, CLASSES] },
  labels: { datatype: 'INT64', shape: [SAMPLES] },
  sample_weights: { datatype: 'FP32', shape: [SAMPLES] },
  class_weights: { datatype: 'FP64', shape: [CLASSES] },
};

const sizes = new Map([
  ...Object.entries(INPUTS).map(([name, { byteLength }]) => [name, byteLength] as const),
  ...Object.entries(OUTPUT_BYTES),
]);

function makeObject() {
  const layout = new Layout();
  for (const [name, size] of sizes) layout.add(name, size);
  const object = new SharedObject(Buffer.alloc(layout.size, CANARY));
  for (const [name, values] of Object.entries(INPUTS)) object.write(layout.offsets.get(name)!, bytesOf(values));
  const isIntact = () =>
    layout.gaps(sizes).every((gap) => object.read(gap, GAP).equals(Buffer.alloc(GAP, CANARY))) &&
    Object.entries(INPUTS).every(([name, values]) =>
      object.read(layout.offsets.get(name)!, values.byteLength).equals(bytesOf(values)),
    ) &&
    object.size === layout.size;
  return { layout, object, isIntact };
}

/** The request with everything in the region `r`. */
function inObject(layout: Layout) {
  const parameters = (name: string) => inRegion('r', sizes.get(name)!, layout.offsets.get(name)!);
  return {
    inputs: Object.entries(DESCRIPTIONS).map(([name, described]) => ({
      name,
      ...described,
      parameters: parameters(name),
    })),
    outputs: Object.keys(OUTPUT_BYTES).map((name) => ({ name, parameters: parameters(name) })),
  };
}

/** The same with everything in the body. */
function inBody(names: readonly string[]) {
  const inputs = Object.entries(DESCRIPTIONS).map(([name, described]) => {
    const { byteLength } = INPUTS[name as keyof typeof INPUTS];
    return { name, ...described, parameters: { binary_data_size: byteLength } };
  });
  const outputs = names.map((name) => ({ name, parameters: { binary_data: true } }));
  const json = Buffer.from(JSON.stringify({ inputs, outputs }));
  return { body: Buffer.concat([json, ...Object.values(INPUTS).map(bytesOf)]), jsonBytes: json.length };
}

const service = await startRegionService();
const overTheWire = await rawOutputs(service, Object.keys(OUTPUT_BYTES));

/** The bytes of each output of the request whose tensors are in the body. */
async function rawOutputs({ url }: RegionService, names: readonly string[]): Promise<Record<string, Buffer>> {
  const { body, jsonBytes } = inBody(names);
  const response = await fetch(`${url}/v2/models/focal-loss/infer`, {
    method: 'POST',
    headers: { 'inference-header-content-length': String(jsonBytes) },
    body,
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  let at = Number(response.headers.get('inference-header-content-length'));
  const head = JSON.parse(bytes.subarray(0, at).toString());
  return Object.fromEntries(
    head.outputs.map(({ name, parameters }: { name: string; parameters: { binary_data_size: number } }) => {
      const from = at;
      at += parameters.binary_data_size;
      return [name, bytes.subarray(from, at)];
    }),
  );
}

for (const threads of [1, 2, 4]) {
  test(`everything in one region: the bytes of ${threads} threads are those over the wire`, { skip }, async () => {
    const own = threads === 1 ? service : await startRegionService('--engine-threads', String(threads));
    const { layout, object, isIntact } = makeObject();
    await own.register('r', { key: object.key, byte_size: layout.size });
    const { head } = await own.infer(jsonBody(inObject(layout)));
    for (const [name, bytes] of Object.entries(overTheWire)) {
      assert.ok(object.read(layout.offsets.get(name)!, bytes.length).equals(bytes), name);
      const { data, parameters } = head.outputs.find((output: { name: string }) => output.name === name);
      assert.equal(data, undefined);
      assert.deepEqual(parameters, inRegion('r', bytes.length, layout.offsets.get(name)!));
    }
    assert.ok(isIntact());
    await own.unregister();
  });
}

test('metrics count the regions and the bytes in them', { skip }, async () => {
  const before = (await scrape(service.url)).samples;
  const { layout, object } = makeObject();
  await service.register('r', { key: object.key, byte_size: layout.size });
  await service.infer(jsonBody(inObject(layout)));
  const { samples } = await scrape(service.url);
  const grown = (name: string) => samples.get(name)! - before.get(name)!;
  const total = (of: object) => Object.keys(of).reduce((sum, name) => sum + sizes.get(name)!, 0);
  assert.equal(grown('focal_loss_region_bytes_total{direction="read"}'), total(INPUTS));
  assert.equal(grown('focal_loss_region_bytes_total{direction="written"}'), total(OUTPUT_BYTES));
  assert.deepEqual([samples.get('focal_loss_regions'), samples.get('focal_loss_regions_open')], [1, 1]);
  await service.unregister();
});

test('tensors in regions, as JSON and as binary data may be mixed', { skip }, async () => {
  const { layout, object, isIntact } = makeObject();
  await service.register('r', { key: object.key, byte_size: layout.size });
  const request = inObject(layout);
  const [logitsInput, , weightsInput, classWeightsInput] = request.inputs;
  const json = Buffer.from(
    JSON.stringify({
      inputs: [
        { name: 'labels', ...DESCRIPTIONS.labels, data: [...labels].map(Number) },
        logitsInput,
        { ...weightsInput, parameters: { binary_data_size: weights.byteLength } },
        classWeightsInput,
      ],
      outputs: [
        { name: 'gradients', parameters: { ...request.outputs[0]!.parameters, binary_data: false } },
        { name: 'loss' },
        { name: 'per_class.positives', parameters: { binary_data: true } },
      ],
    }),
  );
  const body = Buffer.concat([json, bytesOf(weights)]);
  const { outputs, head } = await service.infer({ body, jsonBytes: json.length });
  // Without the Hessian, another kernel computes the gradients, which may differ in the last bits.
  const expected = await rawOutputs(service, ['gradients', 'loss', 'per_class.positives']);
  assert.ok(object.read(layout.offsets.get('gradients')!, 4 * ELEMENTS).equals(expected.gradients!));
  assert.deepEqual(outputs.loss!.values, [expected.loss!.readDoubleLE()]);
  assert.equal(outputs['per_class.positives']!.binary, true);
  assert.equal(head.outputs.length, 3);
  assert.ok(isIntact());
  await service.unregister();
});

test('the gradients of a batch that is small enough for the HTTP thread are written into their region, too', {
  skip,
}, async () => {
  const object = new SharedObject(Buffer.alloc(8, CANARY));
  await service.register('r', { key: object.key, byte_size: 8 });
  const inputs = [
    { name: 'logits', datatype: 'FP32', shape: [2, 1], data: [1, -2] },
    { name: 'labels', datatype: 'INT64', shape: [2], data: [1, 0] },
  ];
  const gradientsIn = async (parameters: object) =>
    (await service.infer(jsonBody({ inputs, outputs: [{ name: 'gradients', parameters }] }))).outputs.gradients;
  const { values } = (await gradientsIn({}))!;
  await gradientsIn(inRegion('r', 8));
  assert.deepEqual(object.read(0, 8), bytesOf(Float32Array.from(values as number[])));
  const { inline } = (await (await fetch(`${service.url}/v1/engine`)).json()) as { inline: { max_elements: number } };
  assert.equal(inline.max_elements, 4096, 'it was left to a thread, and did not fail here');
  await service.unregister();
});

test('probabilities in a region are checked', { skip }, async () => {
  const values = Float32Array.of(0.25, 0.75, 0.5, 1.5);
  const object = new SharedObject(Buffer.concat([bytesOf(values), Buffer.of(0, 1, 1, 0)]));
  await service.register('p', { key: object.key, byte_size: 20 });
  const request = {
    inputs: [
      { name: 'probabilities', datatype: 'FP32', shape: [4], parameters: inRegion('p', 16) },
      { name: 'labels', datatype: 'UINT8', shape: [4], parameters: inRegion('p', 4, 16) },
    ],
    outputs: [{ name: 'loss' }],
  };
  await service.rejects(
    jsonBody(request),
    /^\/probabilities\/3: expected a number in \[0, 1\], got 1.5; values before the sigmoid or softmax are "logits"$/,
  );
  object.write(12, bytesOf(Float32Array.of(0.125)));
  const { outputs } = await service.infer(jsonBody(request));
  const { loss } = await service.focalLoss({ probabilities: [0.25, 0.75, 0.5, 0.125], labels: [0, 1, 1, 0] });
  assert.deepEqual(outputs.loss!.values, [loss]);
  await service.unregister();
});
