import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startInferenceService } from '../helpers/http/inference-service.ts';
import { FORMATS } from '../helpers/http/request-formats.ts';

// Options that are beyond the range of a float32 or a float64: the error says which numbers are allowed, in every format.

const service = await startInferenceService();
const GOOD = { logits: [[1, -1.5, 0.25]], labels: [0] };

const OF_GAMMA = 'expected a number ≥ 0, finite as float32, got 1e+39';
const OF_ALPHA = 'expected a number in [0, 1], got 1e+39; for larger weights take class_weights';
const OF_INTEGER = 'expected a number ≤ 2147483647, got 1e+39';

for (const [options, pointer, message] of [
  [{ gamma: 1e39 }, '/gamma', OF_GAMMA],
  [{ gamma: { positive: 1e39, negative: 1 } }, '/gamma/positive', OF_GAMMA],
  [{ gamma: { positive: 0, negative: 1e39 } }, '/gamma/negative', OF_GAMMA],
  [{ alpha: 1e39 }, '/alpha', OF_ALPHA],
  [{ margin: 1e39 }, '/margin', 'expected a number < 1, got 1e+39'],
  [{ class_axis: 1e39 }, '/class_axis', OF_INTEGER],
  [{ ignore_index: 1e39 }, '/ignore_index', OF_INTEGER],
  [{ background_index: 1e39 }, '/background_index', OF_INTEGER],
] as const) {
  test(`${JSON.stringify(options)}: the error says which numbers are allowed`, async () => {
    for (const [format, send] of Object.entries(FORMATS)) {
      const { body } = await send(service, { ...GOOD, ...options });
      // The Open Inference Protocol has one text for an error.
      const text = body.error ?? body.detail;
      assert.equal(text, `${pointer}: ${message}`, format);
    }
  });
}

const INFINITE = 'got Infinity; numbers beyond ±1.7976931e+308 are infinite';

for (const [name, message] of [
  ['gamma', 'expected a number ≥ 0, finite as float32, got Infinity'],
  ['alpha', 'expected a number in [0, 1], got Infinity; for larger weights take class_weights'],
  ['margin', `expected a number, ${INFINITE}`],
  ['poly_epsilon', `expected a number, ${INFINITE}`],
  ['ignore_index', `expected a number, ${INFINITE}`],
  ['normalizer', `expected one of "elements", "samples", "positives", "weights", or a number > 0, ${INFINITE}`],
] as const) {
  test(`${name}: a number in JSON that no float64 holds`, async () => {
    const response = await fetch(`${service.url}/v1/focal-loss`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...GOOD, [name]: 'here' }).replace('"here"', '1e400'),
    });
    const { detail } = (await response.json()) as { detail: string };
    assert.deepEqual([response.status, detail], [422, `/${name}: ${message}`]);
  });
}

test('options of one class: a list of one number is echoed as that number, in every format', async () => {
  for (const gamma of [[4], { positive: [1], negative: [4] }]) {
    for (const [format, send] of Object.entries(FORMATS)) {
      const request = { logits: [[1], [2]], labels: [0, 1], gamma, alpha: [0.5], class_weights: [2] };
      const { status, body } = await send(service, request);
      assert.equal(status, 200, `${format}: ${JSON.stringify(body)}`);
      const { options } = body;
      const expected = Array.isArray(gamma) ? 4 : { positive: 1, negative: 4 };
      assert.deepEqual([options.gamma, options.alpha, options.class_weights], [expected, 0.5, [2]], format);
    }
  }
});
