import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileName } from '../../../src/explorer/exports/file-name.ts';

test('file names say what is in the file, and are safe on any system', () => {
  assert.equal(
    fileName(['Coins, detection', 'γ 2, α 0.25', 'difficulty'], 'svg'),
    'Coins-detection_gamma-2-alpha-0.25_difficulty.svg',
  );
  assert.equal(
    fileName(['../../etc/passwd', 'γ₊ 1, γ₋ 4, α off'], 'csv'),
    'etc-passwd_gamma-pos-1-gamma-neg-4-alpha-off.csv',
  );
  assert.equal(fileName(['<b>|"?*\u0000', '…'], 'csv'), 'b.csv');
  assert.ok(fileName(['x'.repeat(500)], 'csv').length < 130);
});
