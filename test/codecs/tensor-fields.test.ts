import assert from 'node:assert/strict';
import { test } from 'node:test';
import { respondInJson } from '../helpers/codecs/respond-in-json.ts';

const LOGITS = [[1.5, -0.5, 2]];

test('labels in JSON may be booleans, which predictions and weights may not', () => {
  const expected = respondInJson({ logits: LOGITS, labels: [[1, 0, 1]] });
  // All of them, which are scanned, and some among numbers, which are parsed.
  for (const labels of [
    [true, false, true],
    [true, 0, 1],
  ]) {
    assert.deepEqual(respondInJson({ logits: LOGITS, labels: [labels] }).gradients, expected.gradients);
  }
  for (const [field, body] of Object.entries({
    logits: { logits: [[true, false, true]], labels: [[1, 0, 1]] },
    sample_weights: { logits: LOGITS, labels: [[1, 0, 1]], sample_weights: [true] },
  })) {
    assert.throws(() => respondInJson(body), { message: new RegExp(`^/${field}/0.*: expected a number.*, got true`) });
  }
});

test('labels in JSON are float64: an ignore_index beyond the integers of float32 is met exactly', () => {
  const ignore_index = 2 ** 24 + 1;
  for (const one of [1, true]) {
    const { counts } = respondInJson({ logits: LOGITS, labels: [[one, 0, ignore_index]], ignore_index });
    assert.equal(counts.ignored, 1);
  }
  assert.throws(() => respondInJson({ logits: LOGITS, labels: [[1, 0, 2 ** 24]], ignore_index }), {
    message: /got 16777216/,
  });
});
