import assert from 'node:assert/strict';
import { test } from 'node:test';
import { malformedJsonCure } from '../../../src/codecs/json/malformed-json-cure.ts';

/** The cure for a text, by the reason that this version of Node gives. */
function cureOf(text: string): string {
  try {
    JSON.parse(text);
  } catch (error) {
    return malformedJsonCure((error as Error).message, text);
  }
  throw new Error(`expected no JSON, got ${text}`);
}

test('numbers that are not finite have a cure, however they are written', () => {
  for (const number of ['NaN', 'Infinity', '-Infinity', '-inf', '-NaN', '-nan']) {
    assert.match(cureOf(`{"logits": [1, ${number}]}`), /^ \(NaN and Infinity, .* are not JSON: /, number);
  }
});

test('so has the text of an object in Python', () => {
  assert.match(
    cureOf("{'logits': [1, 2]}"),
    /^ \(this looks like Python's text of an object: write it with json\.dumps/,
  );
});

test('other mistakes have none', () => {
  for (const text of ['{"logits": [1, 2}', 'inf: -', '{"logits": [-x]}', '{"logits": x}', '{"inf": [1, -]}', '']) {
    assert.equal(cureOf(text), '', text);
  }
});
