import { test } from 'node:test';
import { SAMPLE_BATCHES } from '../../src/explorer/samples/sample-batches.ts';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { expectAccessible } from './expect-accessible.ts';
import { startExplorer } from './explorer-page.ts';

const withPage = startExplorer();

/** Colors depend on the theme alone, and sizes on the width alone: two displays have all of them. */
const DISPLAYS = {
  'in light': { colorScheme: 'light' },
  'on a phone, in dark': { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
} as const;

for (const [name, options] of Object.entries(DISPLAYS)) {
  test(`axe finds no violation ${name}, and nothing is wider than the window`, { skip: NO_CHROMIUM }, () =>
    withPage(async ({ page }) => {
      for (const { title } of SAMPLE_BATCHES) {
        await chooseBatch(page, title);
        await expectAccessible(page);
      }
      await page.getByLabel('per side').check();
      await waitForFigures(page);
      await expectAccessible(page);
      await page.locator('.options summary').click();
      await page.getByRole('button', { name: 'Pin this setting' }).click();
      await page.getByLabel('γ of positives', { exact: true }).fill('1');
      await waitForFigures(page);
      await expectAccessible(page);
      await page.setInputFiles('input[type=file]', {
        name: 'broken.json',
        mimeType: '',
        buffer: Buffer.from('{"logits":[1],"labels":[7]}'),
      });
      await page.locator('.problem:not([hidden])').waitFor();
      await expectAccessible(page);
    }, options),
  );
}

test('at twice the font size, nothing is wider than the window', { skip: NO_CHROMIUM }, () =>
  withPage(
    async ({ page }) => {
      await waitForFigures(page);
      await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
      await expectAccessible(page);
    },
    { viewport: { width: 640, height: 800 } },
  ),
);
