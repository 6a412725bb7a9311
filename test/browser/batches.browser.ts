import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { barePercent, count, percent, quantity } from '../../src/explorer/format.ts';
import { SAMPLE_BATCHES } from '../../src/explorer/samples/sample-batches.ts';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { evaluate, post, type ResponseBody } from './evaluate-batch.ts';
import { startExplorer } from './explorer-page.ts';

// The page shows what the service responds to the same requests, sent from here.

const withPage = startExplorer();

for (const { title, file, options } of SAMPLE_BATCHES) {
  test(`${title}: after each change, the page shows the service's response`, { skip: NO_CHROMIUM }, () =>
    withPage(async ({ page, origin }) => {
      await chooseBatch(page, title);
      const softmax = file === 'digits-longtail.json';
      await expectShown(page, await evaluate(origin, file, { ...options, gamma: 2 }));

      await page.getByLabel('γ', { exact: true }).fill('3.5');
      await waitForFigures(page);
      await expectShown(page, await evaluate(origin, file, { ...options, gamma: 3.5 }));

      if (softmax) {
        assert.ok(await page.getByLabel('α', { exact: true }).isDisabled());
        assert.ok(await page.getByText('Under softmax, one number scales every loss alike').isVisible());
        await page.getByLabel('α, scheme').selectOption('balanced');
        await waitForFigures(page);
        await expectShown(page, await evaluate(origin, file, { gamma: 3.5, alpha: { balanced: true } }));
        return;
      }
      await page.getByLabel('α, slider').fill('0.6');
      await waitForFigures(page);
      await expectShown(page, await evaluate(origin, file, { ...options, gamma: 3.5, alpha: 0.6 }));
      await page.getByLabel('α, scheme').selectOption('off');
      await waitForFigures(page);
      await expectShown(page, await evaluate(origin, file, { ...options, gamma: 3.5, alpha: null }));
    }),
  );
}

test(
  'a cell of the heatmap shows the share that the response has, and selects its gamma and alpha',
  { skip: NO_CHROMIUM },
  () =>
    withPage(async ({ page, origin }) => {
      await waitForFigures(page);
      const response = await evaluate(origin, 'coins-detection.json', { gamma: 1, alpha: 0.75 });
      const gradients = response.per_class.map((row: ResponseBody) => row.gradient_l1);
      const positive = sum(gradients.map((sums: ResponseBody) => sums.positive));
      const total = sum(gradients.map((sums: ResponseBody) => sums.total));
      const cell = page.getByRole('gridcell', { name: 'γ 1, α 0.75:' });
      assert.equal(await cell.textContent(), barePercent(positive / total));
      await cell.click();
      await waitForFigures(page);
      assert.equal(await page.getByLabel('γ', { exact: true }).inputValue(), '1');
      assert.equal(await page.getByLabel('α', { exact: true }).inputValue(), '0.75');
      assert.equal(await cell.getAttribute('aria-selected'), 'true');
      await expectShown(page, response);
    }),
);

test('a dropped file keeps its options, and starts at its own gamma and alpha', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await waitForFigures(page);
    const batch = {
      logits: [
        [2, -1],
        [-3, 0.5],
        [0.3, 1],
      ],
      labels: [0, 1, 7],
      ignore_index: 7,
      class_names: ['a', 'b'],
      gamma: 4,
      alpha: 0.1,
    };
    const text = JSON.stringify(batch);
    const transfer = await page.evaluateHandle((content) => {
      const files = new DataTransfer();
      files.items.add(new File([content], 'mine.json'));
      return files;
    }, text);
    await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
    await page.locator('.batch-name', { hasText: 'mine.json' }).waitFor();
    await waitForFigures(page);
    assert.equal(await page.getByLabel('γ', { exact: true }).inputValue(), '4');
    await expectShown(page, await post(origin, 'application/json', text));
  }),
);

test('an upload shows its progress', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    const network = await page.context().newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 1_000_000 };
    await network.send('Network.emulateNetworkConditions', slow);
    await page.evaluate(() => {
      const bar = document.querySelector('progress')!;
      const seen: number[] = [];
      new MutationObserver(() => seen.push(bar.value)).observe(bar, { attributes: true });
      Object.assign(globalThis, { seen });
    });
    await chooseBatch(page, 'Coins, edge segmentation');
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: number[] }).seen);
    assert.ok(seen.some((sent) => sent > 0 && sent < 1));
    assert.ok(await page.locator('progress').isHidden());
  }),
);

async function expectShown(page: Page, response: ResponseBody): Promise<void> {
  const shown = async (selector: string) => page.locator(selector).textContent();
  const rows: ResponseBody[] = response.per_class;
  assert.equal(await shown('[data-value=loss]'), quantity(response.loss));
  assert.equal(
    await shown('[data-comparison=loss]'),
    `cross-entropy ${quantity(sum(rows.map((row) => row.cross_entropy.total)))}`,
  );
  const sorted = rows.toSorted((a, b) => b.cross_entropy.share - a.cross_entropy.share);
  const table = await page
    .locator('.scroll-area tbody tr:not(.spacer)')
    .evaluateAll((lines) => lines.map((line) => [...line.children].map((cell) => cell.textContent)));
  assert.deepEqual(
    table.map((cells) => cells.slice(0, 5)),
    sorted.map((row) => [
      row.name ?? `Class ${row.class}`,
      percent(row.cross_entropy.share),
      percent(row.loss.share),
      percent(row.gradient_l1.share),
      count(row.positives),
    ]),
  );
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
