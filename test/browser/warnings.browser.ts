import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { startExplorer } from './explorer-page.ts';

const withPage = startExplorer();

const batch = (logits: number[][]) => Buffer.from(JSON.stringify({ logits, labels: logits.map(() => 0) }));

test(
  'a warning of the service is a line with its code, until a batch without one is opened',
  { skip: NO_CHROMIUM },
  () =>
    withPage(async ({ page }) => {
      await waitForFigures(page);
      const warnings = page.locator('.warnings');
      assert.ok(await warnings.isHidden());
      await openFile(page, batch(Array.from({ length: 8 }, () => [0.02, 0.97, 0.5])));
      await page.locator('.warnings li', { hasText: 'lie in [0, 1]' }).waitFor();
      assert.deepEqual(await warnings.locator('code').allTextContents(), ['probabilities_as_logits', '/logits']);
      await openFile(page, batch(Array.from({ length: 8 }, () => [3, -2, -4])));
      await warnings.waitFor({ state: 'hidden' });
    }),
);

function openFile(page: Page, buffer: Buffer): Promise<void> {
  const file = { name: 'batch.json', mimeType: 'application/json', buffer };
  return page.locator('input[type=file]').setInputFiles(file);
}
