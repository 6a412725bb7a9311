import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { exactPercent, quantity } from '../../src/explorer/format.ts';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { evaluate, type ResponseBody } from './evaluate-batch.ts';
import { startExplorer } from './explorer-page.ts';

// Each picture has a line in which values are read, by pointer and by keyboard.

const withPage = startExplorer();
const SAMPLE = 'coins-detection.json';
const OUTPUTS = ['loss', 'per_class', 'difficulty', 'calibration'];

test('by keyboard, each picture reads the values of the response', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await waitForFigures(page);
    const response = await evaluate(origin, SAMPLE, { outputs: OUTPUTS });

    await expectRead(page, 'curves', 'Home', [
      `loss: cross-entropy ${quantity(-Math.log(0.01))}, positives ${quantity(-0.25 * 0.99 ** 2 * Math.log(0.01))}`,
    ]);

    const bin = 19;
    const { positives, negatives } = response.difficulty;
    const ofNegatives = negatives.gradient_l1[bin] * (1 - positiveShare(response, 'gradient_l1'));
    await expectRead(page, 'difficulty', 'End', [
      'pt 0.95–1',
      `elements: ${positives.counts[bin]} positives, ${negatives.counts[bin].toLocaleString('fr')} negatives`,
      `${exactPercent(ofNegatives)} negatives`,
    ]);

    await expectRead(page, 'cumulative', 'Home', ['The hardest 100 %', 'focal loss 100 %']);

    const [first] = response.per_class.toSorted(
      (a: ResponseBody, b: ResponseBody) => b.cross_entropy.total - a.cross_entropy.total,
    );
    await expectRead(page, 'classes', 'Home', [first.name, `focal loss ${exactPercent(first.loss.share)}`]);

    const { predicted, posterior } = response.calibration;
    await expectRead(page, 'calibration', 'End', [
      'Confidence 0.93–1',
      `as predicted: ${predicted.counts[14]}, mean confidence ${exactPercent(predicted.mean_confidence[14])}, observed ${exactPercent(predicted.observed_rate[14])}`,
      `posterior: ${posterior.counts[14]}`,
    ]);
  }),
);

test('the pointer reads the same values, and takes them away when it leaves', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    const readout = page.locator('.difficulty .readout');
    await readout.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    const second = await readout.textContent();
    await readout.blur();
    assert.match((await readout.textContent())!, /^For exact values/);

    const plot = page.locator('.difficulty [data-panel=loss] > svg');
    await plot.scrollIntoViewIfNeeded();
    const box = (await plot.boundingBox())!;
    // The axis begins and ends this many pixels inside.
    const [left, right] = [42, 18];
    await page.mouse.move(box.x + left + (box.width - left - right) * 0.08, box.y + box.height / 2);
    assert.equal(await readout.textContent(), second);
    assert.equal(await page.locator('.difficulty .marks line').count(), 4);
    await page.mouse.move(2, 2);
    assert.match((await readout.textContent())!, /^For exact values/);
    assert.equal(await page.locator('.difficulty .marks line').count(), 0);
  }),
);

test('calibration: errors in words, and why there is no posterior', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await waitForFigures(page);
    const { predicted, posterior } = (await evaluate(origin, SAMPLE, { outputs: OUTPUTS })).calibration;
    const summary = page.locator('.calibration .summary');
    const points = ({ expected_calibration_error: error }: ResponseBody) => (error * 100).toFixed(1);
    assert.match(
      (await summary.textContent())!,
      new RegExp(`${points(predicted)} points.*${points(posterior)} points`),
    );
    assert.equal(await page.locator('.calibration circle.rate').count(), bins(predicted) + bins(posterior));

    await page.getByLabel('per side').check();
    await page.getByText('There is no posterior with a γ for each side.').first().waitFor();
    assert.ok(await page.locator('[data-calibration=posterior]').isHidden());
    assert.match((await page.locator('.initial-logits').textContent())!, /no initial logit/);

    await page.getByLabel('per side').uncheck();
    await page.getByLabel('α', { exact: true }).fill('1');
    await page.getByText('There is no posterior with α 1').first().waitFor();
  }),
);

test('the class table has the prior and the initial logit of each class', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await chooseBatch(page, 'Breast cancer');
    const { per_class: rows } = await evaluate(origin, 'breast-cancer.json', { outputs: ['per_class', 'posterior'] });
    const cells = page.locator('.scroll-area tbody tr:not(.spacer) td');
    await cells
      .last()
      .filter({ hasText: rows[0].initial_logit.toFixed(2).replace('-', '−') })
      .waitFor();
    assert.match((await cells.nth(-2).textContent())!, /^37/);
  }),
);

/** Focuses the line of a figure, presses a key, and expects these parts in it. */
async function expectRead(page: Page, figure: string, key: string, parts: readonly string[]): Promise<void> {
  const readout = page.locator(`.${figure} [role=slider]`);
  await readout.focus();
  await page.keyboard.press(key);
  const text = plain((await readout.textContent())!);
  for (const part of parts) assert.ok(text.includes(plain(part)), `${figure}: expected ${part} in ${text}`);
  assert.equal(plain((await readout.getAttribute('aria-valuetext'))!).replace('p_t', 'pt'), text);
}

function positiveShare({ per_class: rows }: ResponseBody, quantityName: string): number {
  const sum = (side: string) => rows.reduce((total: number, row: ResponseBody) => total + row[quantityName][side], 0);
  return sum('positive') / sum('total');
}

function bins({ counts }: ResponseBody): number {
  return counts.filter((count: number) => count > 0).length;
}

function plain(text: string): string {
  return text.replaceAll(/[\u00a0\u202f]/g, ' ');
}
