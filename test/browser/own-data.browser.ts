import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { quantity } from '../../src/explorer/format.ts';
import { waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { readSample } from '../harness/read-sample.ts';
import { tensorFile } from '../helpers/tensor-file.ts';
import { evaluate, post } from './evaluate-batch.ts';
import { expectAccessible } from './expect-accessible.ts';
import { startExplorer } from './explorer-page.ts';

// A file of the user, from drop to figures.

const withPage = startExplorer();
const numpy = (name: string) => readFileSync(new URL(`../fixtures/numpy/${name}`, import.meta.url));
const loss = (page: Page) => page.locator('[data-value=loss]').textContent();

test('a detector’s file with labels −1 and −2 is two clicks away from its figures', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await waitForFigures(page);
    // More places than the 20 that the service lists.
    const labels = Array.from({ length: 300 }, (_, i) => (i % 50 === 0 ? 1 : i % 5 === 0 ? -2 : -1));
    const batch = {
      logits: labels.map((label, i) => [0, 1, 2].map((c) => (c === label ? 1 : -3 - (i % 7) / 7))),
      labels,
    };
    await choose(page, 'detector.json', JSON.stringify(batch));
    await page.getByText('−1 at 240 places').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: '−1 at 240 places: treat as background' }).click();
    await page.getByRole('button', { name: '−2 at 54 places: ignore' }).click();
    await waitForFigures(page);
    const response = await post(
      origin,
      'application/json',
      JSON.stringify({ ...batch, background_index: -1, ignore_index: -2 }),
    );
    assert.equal(await loss(page), quantity(response.loss));
    assert.equal(await page.locator('.differing').textContent(), 'background label −1 · ignored label −2');
    assert.ok(await page.locator('.problem').isHidden());
  }),
);

test('arrays of NumPy: compressed, two files together, and what only the user knows', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    await choose(page, 'compressed.npz', numpy('compressed.npz'));
    await page.locator('.batch-size', { hasText: '4 samples × 3 classes, 4 positives' }).waitFor();
    assert.equal(await page.locator('.differing').textContent(), 'activation softmax · label smoothing 0.1');

    const pair = ['val_labels.npy', 'val_logits.npy'].map((name) => ({ name, mimeType: '', buffer: numpy(name) }));
    await page.setInputFiles('input[type=file]', pair);
    await page.locator('.batch-name', { hasText: 'val_labels.npy + val_logits.npy' }).waitFor();
    await page.locator('.batch-size', { hasText: '4 samples × 3 classes' }).waitFor();

    await choose(page, 'unclear.npz', numpy('unclear.npz'), false);
    await page.getByText('Which array is which?').waitFor();
    await expectAccessible(page);
    assert.equal(await page.getByLabel('Labels', { exact: true }).inputValue(), 'arr_1');
    await page.getByRole('button', { name: 'Show the figures' }).click();
    await page.locator('.batch-name', { hasText: 'unclear.npz' }).waitFor();
    await waitForFigures(page);

    await choose(page, 'object.npz', numpy('object.npz'), false);
    await page.locator('.problem:not([hidden])', { hasText: 'np.asarray(…, dtype=np.float32)' }).waitFor();
    assert.equal(await page.locator('.batch-name').textContent(), 'unclear.npz');
  }),
);

test('a table in CSV asks for its columns', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await waitForFigures(page);
    await choose(page, 'table.csv', 'id,cat,dog,label\n7,0.5,-1.25,dog\n8,2,3,cat\n', false);
    assert.equal(
      await page
        .getByLabel('Labels', { exact: true })
        .evaluate((select: HTMLSelectElement) => select.selectedOptions[0]!.text),
      'label',
    );
    assert.ok(await page.getByLabel('cat', { exact: true }).isChecked());
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Show the figures' }).click();
    await page.locator('.batch-name', { hasText: 'table.csv' }).waitFor();
    await waitForFigures(page);
    const batch = {
      logits: [
        [0.5, -1.25],
        [2, 3],
      ],
      labels: [1, 0],
    };
    const response = await post(origin, 'application/json', JSON.stringify(batch));
    assert.equal(await loss(page), quantity(response.loss));
    assert.deepEqual((await page.locator('.scroll-area tbody th').allTextContents()).sort(), ['cat', 'dog']);
  }),
);

test('the γ and α of each class are sent as the file has them, until the user changes γ', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await waitForFigures(page);
    const gamma = { dtype: 'F32' as const, shape: [2], values: [1, 5] };
    const tensors = {
      logits: { dtype: 'F32' as const, shape: [2, 2], values: [2, -1, -3, 0.5] },
      labels: { dtype: 'U8' as const, shape: [2], values: [0, 1] },
    };
    const batch = {
      logits: [
        [2, -1],
        [-3, 0.5],
      ],
      labels: [0, 1],
      alpha: [0.5, 0.25],
    };
    const alpha = { dtype: 'F64' as const, shape: [2], values: [0.5, 0.25] };
    await choose(page, 'classes.safetensors', tensorFile({ gamma, alpha, ...tensors }));
    await waitForFigures(page);
    const lossOf = async (options: object) =>
      quantity((await post(origin, 'application/json', JSON.stringify({ ...batch, ...options }))).loss);
    assert.equal(await loss(page), await lossOf({ gamma: [1, 5] }));
    const box = page.getByLabel('of each class, as in the file (1 to 5)');
    assert.ok(await box.isChecked());
    assert.ok(await page.getByLabel('γ', { exact: true }).isDisabled());
    await box.uncheck();
    await waitForFigures(page);
    assert.equal(await loss(page), await lossOf({ gamma: 3 }));

    await choose(
      page,
      'sides.safetensors',
      tensorFile({ 'gamma.negative': gamma, ...tensors }, { 'gamma.positive': '1', alpha: '[0.5,0.25]' }),
    );
    await waitForFigures(page);
    assert.equal(await loss(page), await lossOf({ gamma: { positive: 1, negative: [1, 5] } }));
  }),
);

test('options apply to the batch at once, and say where they are from', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await waitForFigures(page);
    const options = { margin: 0.05, poly_epsilon: 1, normalizer: 'positives', class_names: ['a', 'b', 'c'] };
    const file = { ...JSON.parse(readSample('coins-detection.json').toString()), ...options };
    await choose(page, 'mine.json', JSON.stringify(file));
    await waitForFigures(page);
    await page.locator('.options summary').click();
    assert.match(
      (await page.locator('.differing').textContent())!,
      /margin of negatives 0\.05 · ε of Poly-1 1 · mean divides by positives/,
    );
    await page.getByLabel('margin of negatives').fill('0.2');
    await page.keyboard.press('Tab');
    await page.getByLabel('label smoothing').fill('2');
    await page.keyboard.press('Tab');
    assert.ok(await page.getByLabel('label smoothing').evaluate((field: HTMLInputElement) => !field.validity.valid));
    await waitForFigures(page);
    const changed = await evaluate(origin, 'coins-detection.json', { ...options, margin: 0.2 });
    assert.equal(await loss(page), quantity(changed.loss));
    assert.ok(await page.getByText('changed; file: 0.05').isVisible());
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Back to the file’s options' }).click();
    await waitForFigures(page);
    assert.equal(await loss(page), quantity((await evaluate(origin, 'coins-detection.json', options)).loss));
  }),
);

test('a warning has a button that cures it', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    const logits = Array.from({ length: 8 }, () => [0.02, 0.97, 0.5]);
    await choose(page, 'p.json', JSON.stringify({ logits, labels: logits.map(() => 1) }));
    await page.getByRole('button', { name: 'treat them as probabilities' }).click();
    await page.locator('.warnings').waitFor({ state: 'hidden' });
    assert.match((await page.locator('.differing').textContent())!, /predictions are probabilities/);
  }),
);

test('a program for each framework writes such a file', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await page.getByText('How to write such a file').click();
    await page.locator('.write-file select').selectOption('NumPy');
    assert.match((await page.locator('.write-file code').textContent())!, /np\.savez\("batch\.npz"/);
    await expectAccessible(page);
  }),
);

async function choose(page: Page, name: string, content: string | Buffer, opens = true): Promise<void> {
  await page.setInputFiles('input[type=file]', { name, mimeType: '', buffer: Buffer.from(content) });
  if (!opens) return;
  await page.locator('.batch-name', { hasText: name }).waitFor();
  await page.locator('main:not([aria-busy])').waitFor();
}
