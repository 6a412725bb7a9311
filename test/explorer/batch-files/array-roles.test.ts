import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guessRoles } from '../../../src/explorer/batch-files/array-roles.ts';

const array = (name: string, dtype: string, shape: readonly number[]) => ({ name, dtype, shape });

/** `predictions/labels`, with a question mark where the user is asked. */
function guess(...arrays: readonly ReturnType<typeof array>[]): string {
  const { predictions, labels, isSure } = guessRoles(arrays);
  return `${predictions}/${labels}${isSure ? '' : '?'}`;
}

test('predictions and labels are found by their names, else by their types, and what is not certain is asked', () => {
  const floats = array('arr_0', 'F32', [4, 3]);
  assert.equal(guess(floats, array('arr_1', 'I64', [4])), 'arr_0/arr_1');
  assert.equal(guess(array('arr_1', 'I64', [4]), floats), 'arr_0/arr_1');
  assert.equal(guess(floats, array('arr_1', 'F32', [4])), 'arr_0/arr_1?');
  assert.equal(guess(array('arr_0', 'I64', [4, 3]), array('arr_1', 'I64', [4])), 'arr_0/arr_1?');
  assert.equal(guess(floats, array('arr_1', 'I64', [4]), array('arr_2', 'F32', [4])), 'arr_0/arr_1?');
  assert.equal(guess(array('y_pred', 'F32', [4, 3]), array('b', 'F32', [4, 3])), 'y_pred/b');
  assert.equal(guess(array('scores', 'F32', [4, 3]), array('y_true', 'F32', [4, 3]), floats), 'scores/y_true');
});
