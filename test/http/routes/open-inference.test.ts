import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync, gzipSync } from 'node:zlib';
import { toFloat16 } from '../../harness/to-float16.ts';
import { checkAgainstJson } from '../../helpers/http/inference-response.ts';
import { BATCH, inputs, OPTIONS, startInferenceService } from '../../helpers/http/inference-service.ts';
import { inferenceBody } from '../../helpers/inference-body.ts';

const service = await startInferenceService();
const json = await service.focalLoss({
  ...BATCH,
  ...OPTIONS,
  outputs: ['loss', 'gradients', 'per_class', 'elementwise', 'hessian', 'difficulty'],
});
/** Without the outputs for which all is computed in float64. */
const usual = await service.focalLoss({ ...BATCH, ...OPTIONS });

test('every combination of JSON and binary inputs and outputs gives the result of JSON', async () => {
  const names = Object.keys(BATCH);
  const outputNames = ['loss', 'sum', 'denominator', 'gradients', 'elementwise', 'hessian_diagonal'];
  const perClass = ['per_class.positives', 'per_class.loss.share', 'per_class.mean_pt.positive'];
  // No input as bytes, all, each alone, and all but one; labels of one byte put what follows them anywhere.
  const mixes = [[], names, ...names.map((name) => [name]), ...names.map((name) => names.filter((n) => n !== name))];
  const difficulty = ['difficulty.positives.counts', 'difficulty.positives.loss', 'difficulty.negatives.gradient_l1'];
  const outputs = [...outputNames, ...perClass, ...difficulty];
  for (const [i, binary] of mixes.entries()) {
    for (const datatypes of [{}, { labels: 'UINT8' }, { labels: 'INT16', class_weights: 'FP64' }] as const) {
      const outputMix = outputs.map((name, o) => ({ name, parameters: { binary_data: (o + i) % 3 > 0 } }));
      const read = await service.infer(
        inferenceBody(inputs(binary, datatypes), { parameters: OPTIONS, outputs: outputMix }),
      );
      checkAgainstJson(read, json);
      assert.deepEqual(Object.keys(read.outputs).sort(), [...outputs].sort());
      for (const { name, parameters } of outputMix) {
        assert.equal(read.outputs[name]!.binary, parameters.binary_data, name);
      }
    }
  }
});

test('without a list of outputs, the response has those of the option, as JSON unless binary_data_output is set', async () => {
  for (const binary_data_output of [undefined, false, true]) {
    const read = await service.infer(inferenceBody(inputs(), { parameters: { ...OPTIONS, binary_data_output } }));
    checkAgainstJson(read, usual);
    const names = Object.keys(read.outputs);
    assert.equal(names.filter((name) => name.startsWith('per_class.')).length, 20);
    assert.deepEqual(names.filter((name) => !name.startsWith('per_class.')).sort(), [
      'denominator',
      'gradients',
      'loss',
      'sum',
    ]);
    for (const output of Object.values(read.outputs)) assert.equal(output.binary, binary_data_output === true);
  }
  const chosen = await service.infer(inferenceBody(inputs(), { parameters: { ...OPTIONS, outputs: '["hessian"]' } }));
  assert.deepEqual(Object.keys(chosen.outputs), ['denominator', 'hessian_diagonal']);
});

test('the bins are eight outputs; an undefined share is NaN in binary and null in JSON', async () => {
  const options = { ...OPTIONS, label_smoothing: 0 }; // So that negatives have no loss.
  const want = await service.focalLoss({ ...BATCH, ...options, outputs: ['difficulty'] });
  for (const binary_data_output of [false, true]) {
    const parameters = { ...options, outputs: '["difficulty"]', binary_data_output };
    const read = await service.infer(inferenceBody(inputs(), { parameters }));
    assert.equal(Object.keys(read.outputs).length, 1 + 8);
    const nothing = new Array(20).fill(binary_data_output ? Number.NaN : null);
    assert.deepEqual(read.outputs['difficulty.negatives.loss']!.values, nothing);
    checkAgainstJson(read, want);
  }
});

test('the binary_data of an output overrides binary_data_output', async () => {
  const outputs = [{ name: 'gradients', parameters: { binary_data: false } }, { name: 'loss' }];
  const read = await service.infer(
    inferenceBody(inputs(), { parameters: { ...OPTIONS, binary_data_output: true }, outputs }),
  );
  assert.deepEqual([read.outputs.gradients?.binary, read.outputs.loss?.binary], [false, true]);
  checkAgainstJson(read, await service.focalLoss({ ...BATCH, ...OPTIONS, outputs: ['gradients', 'loss'] }));
});

test('data may be nested like the shape; BOOL may be true and false', async () => {
  const dense = [
    [true, false, false, false],
    [false, false, true, false],
    [false, true, false, false],
  ];
  const given = Object.entries(inputs()).map(([name, { datatype, shape }]) =>
    name === 'labels'
      ? { name, datatype: 'BOOL', shape: [3, 4], data: dense }
      : { name, datatype, shape, data: BATCH[name as keyof typeof BATCH] },
  );
  const body = Buffer.from(JSON.stringify({ inputs: given, parameters: OPTIONS }));
  checkAgainstJson(await service.infer({ body }), usual);
});

test('16-bit floats are sent and received as binary data', async () => {
  for (const [dtype, datatype] of [
    ['F16', 'FP16'],
    ['BF16', 'BF16'],
  ] as const) {
    const bits = new Uint16Array(12);
    toFloat16(Float32Array.from(BATCH.logits.flat()), dtype, bits);
    const given = { ...inputs(), logits: { datatype, shape: [3, 4], values: [...bits], binary: true } };
    const outputs = [{ name: 'gradients', parameters: { binary_data: true } }, { name: 'loss' }];
    const parameters = { ...OPTIONS, gradients_dtype: dtype };
    const read = await service.infer(inferenceBody(given, { parameters, outputs }));
    assert.equal(read.outputs.gradients?.datatype, datatype);
    assert.equal(read.outputs.gradients?.values.length, 12);
    await service.rejects(
      inferenceBody(given, { parameters }),
      /expected F32, or binary_data for the output gradients/,
    );
    const asJson = { ...given, logits: { ...given.logits, binary: false } };
    await service.rejects(
      inferenceBody(asJson, { parameters: OPTIONS }),
      /\/logits: expected (FP|BF)16 as binary data/,
    );
  }
});

test("arrays of N that came as [N, 1], as MLServer's NumPy codec makes them, are read as arrays of N", async () => {
  const columns = Object.fromEntries(
    Object.entries(inputs(['gamma', 'labels'])).map(([name, given]) => [
      name,
      given.shape.length === 1 ? { ...given, shape: [...given.shape, 1] } : given,
    ]),
  );
  checkAgainstJson(await service.infer(inferenceBody(columns, { parameters: OPTIONS })), usual);
  const one = { datatype: 'FP32', shape: [1, 1], values: [1.5], binary: false } as const;
  const want = await service.focalLoss({ ...BATCH, ...OPTIONS, gamma: 1.5 });
  checkAgainstJson(await service.infer(inferenceBody({ ...columns, gamma: one }, { parameters: OPTIONS })), want);
});

test('one gamma for all classes is a parameter or a tensor of one element', async () => {
  const { gamma: _, alpha: __, ...given } = inputs();
  const want = await service.focalLoss({ ...BATCH, ...OPTIONS, gamma: 1.5, alpha: null });
  const one = { datatype: 'FP32', shape: [1], values: [1.5], binary: true } as const;
  const parameters = { ...OPTIONS, alpha: 'null' };
  checkAgainstJson(await service.infer(inferenceBody({ ...given, gamma: one }, { parameters })), want);
  checkAgainstJson(await service.infer(inferenceBody(given, { parameters: { ...parameters, gamma: 1.5 } })), want);
  checkAgainstJson(await service.infer(inferenceBody(given, { parameters: { ...parameters, gamma: '1.5' } })), want);
});

test('the id is returned, and fields that clients add for other servers are ignored', async () => {
  const extras = { priority: 1, sequence_id: 3, sequence_start: true, triton_x: 1, content_type: 'np', headers: 'x' };
  const { head } = await service.infer(
    inferenceBody(inputs(), {
      id: 'é"\u0001'.repeat(300),
      model_name: 'focal-loss',
      parameters: { ...OPTIONS, ...extras },
      outputs: [{ name: 'loss', parameters: { binary_data: true } }],
    }),
  );
  assert.equal(head.id, 'é"\u0001'.repeat(300));
  assert.deepEqual([head.model_name, head.model_version], ['focal-loss', '1']);
  assert.equal('id' in (await service.infer(inferenceBody(inputs(), { parameters: OPTIONS }))).head, false);
});

test('any Content-Type and any known encoding is accepted; a JSON body may state its length', async () => {
  const given = inferenceBody(inputs(['logits', 'gamma']), { parameters: OPTIONS });
  for (const type of ['application/json', 'text/plain', 'rubbish', 'a b; c', 'application/x-www-form-urlencoded']) {
    checkAgainstJson(await service.infer(given, { 'content-type': type }), usual);
  }
  const gzipped = { ...given, body: gzipSync(given.body) };
  checkAgainstJson(await service.infer(gzipped, { 'content-encoding': 'gzip' }), usual);
  const deflated = { ...given, body: deflateSync(given.body) };
  checkAgainstJson(await service.infer(deflated, { 'content-encoding': 'deflate' }), usual);
  checkAgainstJson(await service.infer(inferenceBody(inputs(), { parameters: OPTIONS })), usual);
});

test('with reduction none, the response has no loss', async () => {
  const parameters = { ...OPTIONS, normalizer: undefined, reduction: 'none' };
  const none = await service.infer(inferenceBody(inputs(), { parameters }));
  assert.equal('loss' in none.outputs, false);
  checkAgainstJson(none, await service.focalLoss({ ...BATCH, ...parameters }));
  await service.rejects(
    inferenceBody(inputs(), { parameters, outputs: [{ name: 'loss' }] }),
    /^\/outputs: expected no loss/,
  );
});
