import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { quantity } from '../../src/explorer/format.ts';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { readSample } from '../harness/read-sample.ts';
import { evaluate } from './evaluate-batch.ts';
import { startExplorer } from './explorer-page.ts';

// The controls, the formula and the curves with each member of the focal family.

const withPage = startExplorer();
const SAMPLE = 'coins-detection.json';

test('a box adds a γ of negatives: in the formula, the request, and the response', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await waitForFigures(page);
    const loss = page.locator('[data-value=loss]');
    const before = await loss.textContent();
    await page.getByLabel('per side').check();
    await waitForFigures(page);
    assert.equal(await loss.textContent(), before);
    await page.getByLabel('γ of positives', { exact: true }).fill('1');
    await page.getByLabel('γ of negatives, slider').fill('4');
    await page.getByLabel('α, scheme').selectOption('off');
    await waitForFigures(page);
    const gamma = { positive: 1, negative: 4 };
    const response = await evaluate(origin, SAMPLE, { gamma, alpha: null });
    assert.equal(await loss.textContent(), quantity(response.loss));
    assert.deepEqual(await formulas(page), ['positives −(1 − p)γ+ log p', 'negatives −pγ− log(1 − p)']);
    assert.match(await page.locator('.sweep-readout').innerText(), /^γ₊ 1, γ₋ 4, α off is not in the grid/);

    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('.download').click()]);
    assert.deepEqual(JSON.parse(readFileSync(await download.path(), 'utf8')).gamma, gamma);

    // A cell of the heatmap has one γ.
    await page.getByRole('gridcell', { name: 'γ 2, α 0.25:' }).click();
    await waitForFigures(page);
    assert.ok(!(await page.getByLabel('per side').isChecked()));
    assert.ok(await page.getByLabel('γ of negatives', { exact: true }).isHidden());
    assert.equal(await loss.textContent(), before);
  }),
);

test('a γ for each side of a file is where the controls start', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    const options = { gamma: { positive: 0.5, negative: 3 }, margin: 0.05, alpha: 0.4, poly_epsilon: -2 };
    await openSample(page, options);
    assert.equal(await page.getByLabel('γ of positives', { exact: true }).inputValue(), '0.5');
    assert.equal(await page.getByLabel('γ of negatives', { exact: true }).inputValue(), '3');
    assert.deepEqual(await formulas(page), [
      'positives −α (1 − p)γ+ log p − 2 (1 − p)γ+ + 1',
      'negatives −(1 − α) pmγ− log(1 − pm) − 2 pmγ− + 1',
      'where pm = max(p − 0.05, 0)',
    ]);
    const { loss } = await evaluate(origin, SAMPLE, options);
    assert.equal(await page.locator('[data-value=loss]').textContent(), quantity(loss));
  }),
);

for (const [options, shown, allowsSides] of [
  [{ poly_epsilon: 2 }, ['FL(pt) = −αt (1 − pt)γ log pt + 2 (1 − pt)γ + 1'], true],
  [{ soft_labels: 'quality', alpha: null }, ['QFL(p) = |y − p|γ BCE(p, y)'], true],
  [
    { soft_labels: 'varifocal' },
    ['labels t > 0 −t (t log p + (1 − t) log(1 − p))', 'labels of 0 −α pγ log(1 − p)'],
    false,
  ],
  [
    { soft_labels: 'matchability' },
    ['labels t > 0 −tγ log p − (1 − tγ) log(1 − p)', 'labels of 0 −pγ log(1 − p)'],
    false,
  ],
  [{ label_smoothing: 0.1 }, ['FL(pt) = −αt (1 − pt)γ log pt'], false],
] as const) {
  test(`formula, curves and heatmap with ${JSON.stringify(options)}`, { skip: NO_CHROMIUM }, () =>
    withPage(async ({ page }) => {
      await openSample(page, options);
      assert.deepEqual(await formulas(page), shown);
      assert.equal(await page.getByLabel('per side').isVisible(), allowsSides);
      assert.ok(await page.locator('.problem').isHidden());
      for (const chart of ['.loss-curves', '.gradient-curves']) await expectInside(page, chart);
    }),
  );
}

test('α is the weight of negatives with varifocal loss, and of positives otherwise', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await openSample(page, { soft_labels: 'varifocal' });
    const meaning = page.locator('.alpha legend span');
    assert.equal(await meaning.textContent(), 'weight of negatives');
    await chooseBatch(page, 'Coins, detection');
    assert.equal(await meaning.textContent(), 'weight of positives');
  }),
);

test('softmax has no γ per side', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await chooseBatch(page, 'Digits, long-tailed');
    assert.ok(await page.getByLabel('per side').isHidden());
  }),
);

test('after a γ that the loss does not have, the figures come back with one that it has', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await openSample(page, { soft_labels: 'quality' });
    await page.getByLabel('γ', { exact: true }).fill('0.5');
    await page.locator('.problem:not([hidden])', { hasText: '0 or a number ≥ 1' }).waitFor();
    await page.getByLabel('γ', { exact: true }).fill('1.5');
    await waitForFigures(page);
    assert.ok(await page.locator('.problem').isHidden());
    assert.ok(await page.locator('.difficulty').isVisible());
  }),
);

async function openSample(page: Page, options: object): Promise<void> {
  await waitForFigures(page);
  const batch = { ...JSON.parse(readSample(SAMPLE).toString()), ...options };
  const file = { name: 'family.json', mimeType: '', buffer: Buffer.from(JSON.stringify(batch)) };
  await page.setInputFiles('input[type=file]', file);
  await page.locator('.batch-name', { hasText: file.name }).waitFor();
  await waitForFigures(page);
}

/** The lines of the formula, with plain spaces. */
async function formulas(page: Page): Promise<string[]> {
  const lines = await page.locator('.formula p').allTextContents();
  return lines.map((text) => text.replaceAll('\u00a0', ' '));
}

/** Expects that no curve leaves the axes, and is cut off there. */
async function expectInside(page: Page, chart: string): Promise<void> {
  const outside = await page.locator(`${chart} svg svg`).evaluate((area) => {
    const { x, y, width, height } = (area as SVGSVGElement).viewBox.baseVal;
    return [...area.querySelectorAll<SVGGraphicsElement>('.curve')].filter((curve) => {
      const box = curve.getBBox();
      return box.x < x || box.y < y || box.x + box.width > x + width || box.y + box.height > y + height;
    }).length;
  });
  assert.equal(outside, 0);
}
