import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { startExplorer } from './explorer-page.ts';

// Files with odd names and contents, and a service that is gone.

const withPage = startExplorer();
const PHONE = { viewport: { width: 390, height: 844 } };

test('names as long as they may be make the page no wider than a phone', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    const batch = { logits: [[1, 2, 0]], labels: [1], class_names: ['w'.repeat(256), '=cmd()', '\u202eabc'] };
    const name = `${'x'.repeat(240)}.json`;
    await choose(page, name, JSON.stringify(batch));
    await page.locator('.batch-name', { hasText: name }).waitFor();
    await waitForFigures(page);
    assert.equal(await page.locator('.batch-name').getAttribute('title'), name);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.viewport.width);
  }, PHONE),
);

test('what was wrong with a file goes when another one is chosen', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    await choose(page, 'empty.npz', '');
    await page.locator('.problem:not([hidden])', { hasText: 'empty.npz is empty.' }).waitFor();
    await choose(page, 'table.csv', 'p,label\n0.5,1\n');
    await page.locator('.file-questions:not([hidden])').waitFor();
    assert.ok(await page.locator('.problem').isHidden());
  }),
);

test(
  'a sample that the service does not send is an error, and the batch on the page stays',
  { skip: NO_CHROMIUM },
  () =>
    withPage(async ({ page }) => {
      await waitForFigures(page);
      const selected = () => page.locator('.samples button[aria-pressed=true] .sample-title').textContent();
      const title = await selected();
      await page.context().setOffline(true);
      await page.getByRole('button', { name: 'Breast cancer' }).click();
      await page.locator('.problem:not([hidden])', { hasText: '“Breast cancer”: it does not respond' }).waitFor();
      assert.equal(await selected(), title);
      assert.equal(await page.locator('.batch-name').textContent(), title);

      await page.context().setOffline(false);
      await page.getByRole('button', { name: 'Breast cancer' }).click();
      await page.locator('.batch-name', { hasText: 'Breast cancer' }).waitFor();
      await waitForFigures(page);
      assert.ok(await page.locator('.problem').isHidden());
    }),
);

async function choose(page: Page, name: string, content: string): Promise<void> {
  await page.setInputFiles('input[type=file]', { name, mimeType: '', buffer: Buffer.from(content) });
}
