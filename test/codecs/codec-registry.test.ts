import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findCodec } from '../../src/codecs/codec-registry.ts';
import { jsonCodec } from '../../src/codecs/json/json-codec.ts';
import { openInferenceCodec } from '../../src/codecs/open-inference/open-inference-codec.ts';
import { safetensorsCodec } from '../../src/codecs/safetensors/safetensors-codec.ts';
import { sweepCodec } from '../../src/codecs/sweep/sweep-codec.ts';
import { unpooled } from '../../src/core/allocator.ts';

test('a thread finds every codec by its name', () => {
  assert.equal(findCodec(jsonCodec.name), jsonCodec);
  assert.equal(findCodec(safetensorsCodec.name), safetensorsCodec);
  assert.equal(findCodec(openInferenceCodec.name), openInferenceCodec);
});

test('a thread finds the codec that reads sweeps of each format', () => {
  for (const format of [jsonCodec, safetensorsCodec]) {
    const { name } = sweepCodec(format);
    assert.equal(findCodec(name).name, name);
  }
  const bytes = Buffer.from('{"logits":[1,-1],"labels":[1,0],"gammas":[0,1,2]}');
  const { hyperParameters } = findCodec(sweepCodec(jsonCodec).name).read({ bytes, jsonBytes: bytes.length }, unpooled);
  assert.deepEqual([...hyperParameters!.gammas], [0, 1, 2]);
});

test('a name without a codec is an error that lists the names', () => {
  assert.throws(() => findCodec('xml'), /expected one of the codecs json, safetensors, .*, got xml$/);
});
