import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { count, percent, quantity } from '../../src/explorer/format.ts';
import { tensorFile } from '../helpers/tensor-file.ts';
import { type Answer, evaluate, post } from './ask-service.ts';
import { choose, SAMPLES, settled } from './choose-batch.ts';
import { NO_CHROMIUM } from './chromium.ts';
import { startExplorer } from './explorer-page.ts';

// What the page shows of the real batches is what the service answers to the same requests, made here.

const withPage = startExplorer();

for (const { title, file, options } of SAMPLES) {
  test(`${title}: every move of the sliders shows what the service answers to it`, { skip: NO_CHROMIUM }, () =>
    withPage(async ({ page, origin }) => {
      await choose(page, title);
      const softmax = file === 'digits-longtail.json';
      await expectShown(page, await evaluate(origin, file, { ...options, gamma: 2 }));

      await page.getByLabel('γ', { exact: true }).fill('3.5');
      await settled(page);
      await expectShown(page, await evaluate(origin, file, { ...options, gamma: 3.5 }));

      if (softmax) {
        assert.ok(await page.getByLabel('α', { exact: true }).isDisabled());
        assert.ok(await page.getByText('With softmax one number would scale every loss alike').isVisible());
        await page.getByLabel('α, from where').selectOption('balanced');
        await settled(page);
        await expectShown(page, await evaluate(origin, file, { gamma: 3.5, alpha: { balanced: true } }));
        return;
      }
      await page.getByLabel('α, slider').fill('0.6');
      await settled(page);
      await expectShown(page, await evaluate(origin, file, { ...options, gamma: 3.5, alpha: 0.6 }));
      await page.getByLabel('α, from where').selectOption('off');
      await settled(page);
      await expectShown(page, await evaluate(origin, file, { ...options, gamma: 3.5, alpha: null }));
    }),
  );
}

test(
  'a cell of the map shows what the service answers there, and brings the sliders to it',
  { skip: NO_CHROMIUM },
  () =>
    withPage(async ({ page, origin }) => {
      await settled(page);
      const answer = await evaluate(origin, 'coins-detection.json', { gamma: 1, alpha: 0.75 });
      const positive = sum(answer.per_class.map((row: Answer) => row.loss.positive));
      const cell = page.getByRole('gridcell', { name: 'γ 1, α 0.75:' });
      assert.equal(await cell.textContent(), percent(positive / answer.loss));
      await cell.click();
      await settled(page);
      assert.equal(await page.getByLabel('γ', { exact: true }).inputValue(), '1');
      assert.equal(await page.getByLabel('α', { exact: true }).inputValue(), '0.75');
      assert.equal(await cell.getAttribute('aria-selected'), 'true');
      await expectShown(page, answer);
    }),
);

test('a file that is dropped keeps its own options, and starts at its own gamma and alpha', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await settled(page);
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
    await settled(page);
    assert.equal(await page.getByLabel('γ', { exact: true }).inputValue(), '4');
    await expectShown(page, await post(origin, 'application/json', text));
  }),
);

test("a safetensors file's gamma and alpha, as tensors, give way to the sliders", { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await settled(page);
    const file = tensorFile({
      gamma: { dtype: 'F32', shape: [2], values: [1, 5] },
      logits: { dtype: 'F32', shape: [2, 2], values: [2, -1, -3, 0.5] },
      labels: { dtype: 'U8', shape: [2], values: [0, 1] },
    });
    await page.setInputFiles('input[type=file]', { name: 'mine.safetensors', mimeType: '', buffer: file });
    await page.locator('.batch-name', { hasText: 'mine.safetensors' }).waitFor();
    await settled(page);
    const batch = {
      logits: [
        [2, -1],
        [-3, 0.5],
      ],
      labels: [0, 1],
    };
    await expectShown(page, await post(origin, 'application/json', JSON.stringify(batch)));
  }),
);

test('an upload shows how far it is', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await settled(page);
    const network = await page.context().newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 1_000_000 };
    await network.send('Network.emulateNetworkConditions', slow);
    await page.evaluate(() => {
      const bar = document.querySelector('progress')!;
      const seen: number[] = [];
      new MutationObserver(() => seen.push(bar.value)).observe(bar, { attributes: true });
      Object.assign(globalThis, { seen });
    });
    await choose(page, 'Coins, their edges');
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: number[] }).seen);
    assert.ok(seen.some((sent) => sent > 0 && sent < 1));
    assert.ok(await page.locator('progress').isHidden());
  }),
);

async function expectShown(page: Page, answer: Answer): Promise<void> {
  const shown = async (selector: string) => page.locator(selector).textContent();
  const rows: Answer[] = answer.per_class;
  assert.equal(await shown('[data-value=loss]'), quantity(answer.loss));
  assert.equal(
    await shown('[data-against=loss]'),
    `cross-entropy ${quantity(sum(rows.map((row) => row.cross_entropy.total)))}`,
  );
  const sorted = rows.toSorted((a, b) => b.cross_entropy.share - a.cross_entropy.share);
  const table = await page
    .locator('.scroller tbody tr:not(.gap)')
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
