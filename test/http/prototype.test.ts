import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { tensorFile } from '../helpers/tensor-file.ts';

// Names that mean something to JavaScript are names like any other here.

const service = await startTestService();
const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'];
const before = Reflect.ownKeys(Object.prototype);

function notPolluted(): void {
  assert.deepEqual(Reflect.ownKeys(Object.prototype), before);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
}

const logits = { dtype: 'F32', shape: [2], values: [1, -1] } as const;
const labels = { dtype: 'U8', shape: [2], values: [1, 0] } as const;
const postFile = (file: Buffer) =>
  service.http
    .post('/v1/focal-loss')
    .set({ 'content-type': 'application/vnd.safetensors', accept: 'application/json' })
    .send(file);

test('prototype keys as fields of a JSON body, small or large, are unknown fields', async () => {
  const many = Array(5000).fill(0.5).join();
  for (const name of NAMES) {
    for (const batch of ['"logits":[1],"labels":[1]', `"logits":[${many}],"labels":[${many}]`]) {
      for (const value of ['{"polluted":true}', '[1,2]', `[${many}]`, '{"logits":[1],"activation":"softmax"}']) {
        const { errors } = await service.problem(`{${batch},"${name}":${value}}`, 'invalid_request');
        assert.equal(errors[0]?.pointer, `/${name}`);
      }
      // As a prototype it would supply the missing fields.
      await service.problem(`{"${name}":{${batch}}}`, 'invalid_request');
    }
    await service.problem(`{"logits":[1],"labels":[1],"gamma":{"${name}":{"polluted":true}}}`, 'invalid_request');
  }
  notPolluted();
});

test('prototype keys as fields of a sweep or of its alphas are unknown fields', async () => {
  const sweep = async (text: string) => {
    const { status, body } = await service.http
      .post('/v1/focal-loss/sweep')
      .set('content-type', 'application/json')
      .send(`{"logits":[1],"labels":[1],${text}}`);
    assert.equal(status, 422);
    return body.errors[0].pointer;
  };
  for (const name of NAMES) {
    const own = `"${name}":{"polluted":true}`;
    assert.equal(await sweep(`"gammas":[1],${own}`), `/${name}`);
    assert.equal(await sweep(`"gammas":[1],"alphas":[0.5,{${own}}]`), `/alphas/1/${name}`);
    const scheme = `{"effective_number":{"beta":0.5,${own}}}`;
    assert.equal(await sweep(`"gammas":[1],"alphas":[${scheme}]`), `/alphas/0/effective_number/${name}`);
    assert.equal(await sweep(`"gammas":[1],"alphas":["${name}"]`), '/alphas/0');
    const { errors } = await service.problem(`{"logits":[1],"labels":[1],"alpha":${scheme}}`, 'invalid_request');
    assert.equal(errors[0]?.pointer, `/alpha/effective_number/${name}`);
    // As a prototype it would supply the missing fields.
    assert.equal(await sweep(`"gammas":[1],"alphas":[{"${name}":{"balanced":true}}]`), `/alphas/0/${name}`);
  }
  notPolluted();
});

test('prototype keys as values of options are rejected, and as class names are accepted', async () => {
  for (const name of NAMES) {
    for (const field of ['activation', 'reduction', 'soft_labels', 'normalizer', 'gradients_dtype']) {
      const { errors } = await service.problem({ logits: [1], labels: [1], [field]: name }, 'invalid_request');
      assert.equal(errors[0]?.pointer, `/${field}`);
    }
    await service.problem({ logits: [1], labels: [1], outputs: [name] }, 'invalid_request');
    const { per_class } = await service.focalLoss({ logits: [1], labels: [1], class_names: [name] });
    assert.equal(per_class[0].name, name);
  }
});

test('prototype keys as tensors or metadata of a safetensors file are unknown', async () => {
  for (const name of NAMES) {
    // Put into the bytes: as a member of an object the name would be lost before it is sent.
    const placeholder = 'x'.repeat(name.length);
    const file = tensorFile({ logits, labels, [placeholder]: labels })
      .toString('latin1')
      .replace(placeholder, name);
    const tensor = await postFile(Buffer.from(file, 'latin1'));
    assert.deepEqual([tensor.status, tensor.body.errors?.[0]?.pointer], [422, `/${name}`]);
    const metadata = await postFile(tensorFile({ logits, labels }, Object.fromEntries([[name, '{"polluted":true}']])));
    assert.deepEqual([metadata.status, metadata.body.errors?.[0]?.pointer], [422, `/${name}`]);
  }
  notPolluted();
});

test('prototype keys as content types, encodings and paths are unknown', async () => {
  for (const name of NAMES) {
    const type = await service.http.post('/v1/focal-loss').set('content-type', name).send('{}');
    assert.equal(type.body.code, 'unsupported_media_type');
    const encoded = await service.http
      .post('/v1/focal-loss')
      .set({ 'content-type': 'application/json', 'content-encoding': name })
      .send('{}');
    assert.equal(encoded.body.code, 'unsupported_media_type');
    assert.equal((await service.http.get(`/${name}`)).body.code, 'not_found');
  }
});
