import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddressedSetting, addressOf, type PageState, readAddress } from '../../src/explorer/address.ts';
import { BALANCED } from '../../src/explorer/hyper-parameters.ts';

const OF_FILE: AddressedSetting = { gamma: 'file', alpha: 'file', changes: {} };
const NOTHING: PageState = { batch: null, lossSetting: OF_FILE, pinned: null, metric: null };

const STATES: readonly PageState[] = [
  NOTHING,
  { ...NOTHING, batch: 'file:my & batch=1.npz', metric: 'gradient-share' },
  { ...NOTHING, lossSetting: { gamma: 0, alpha: 1, changes: {} } },
  {
    batch: 'coins-detection',
    lossSetting: {
      gamma: { positive: 1, negative: 4 },
      alpha: null,
      changes: {
        activation: 'softmax',
        ignore_index: -2,
        label_smoothing: undefined,
        predictions_as: 'probabilities',
        first_label: 1,
      },
    },
    pinned: { gamma: 2.5, alpha: BALANCED, changes: { margin: 0.05, normalizer: 'positives' } },
    metric: null,
  },
];

for (const state of STATES) {
  test(`an address says the same when it is read: ${addressOf(state)}`, () => {
    assert.deepEqual(readAddress(addressOf(state)), { state, notes: [] });
  });
}

for (const [query, note] of [
  ['gamma=abc', 'Expected gamma in the address to be a number from 0 to 100, got “abc”.'],
  ['gamma=-1', 'Expected gamma in the address to be a number from 0 to 100, got “-1”.'],
  ['gamma=', 'Expected gamma in the address to be a number from 0 to 100, got “”.'],
  ['alpha=2', 'Expected alpha in the address to be a number from 0 to 1, got “2”.'],
  ['activation=relu', 'Expected activation in the address to be one of sigmoid, softmax, got “relu”.'],
  ['ignore_index=1.5', 'Expected ignore_index in the address to be an integer of 32 bits, got “1.5”.'],
  ['margin=1', 'Expected margin in the address to be a number from 0 to below 1, got “1”.'],
  ['pin=gamma%3Dx', 'Expected gamma in the address to be a number from 0 to 100, got “x”.'],
  ['__proto__=1', 'There is no “__proto__” to set in the address.'],
  ['alpha=constructor', 'Expected alpha in the address to be a number from 0 to 1, got “constructor”.'],
  [`a${'b'.repeat(1000)}=1`, `There is no “a${'b'.repeat(39)}” to set in the address.`],
] as const) {
  test(`${query.slice(0, 40)} is left out, with a note`, () => {
    const { state, notes } = readAddress(`?${query}`);
    assert.deepEqual(notes, [note]);
    assert.deepEqual(state.lossSetting, OF_FILE);
  });
}
