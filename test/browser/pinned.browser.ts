import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { exactPercent } from '../../src/explorer/format.ts';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { evaluate, type ResponseBody } from './evaluate-batch.ts';
import { expectAccessible } from './expect-accessible.ts';
import { startExplorer } from './explorer-page.ts';

// A pinned setting is outlined in every picture.

const withPage = startExplorer();
const pathOf = (page: Page, selector: string) => page.locator(selector).getAttribute('d');
const outlines = (page: Page) =>
  page.locator('.curve.pinned, .bin-outline, .pinned-mark, td.pinned-cell').filter({ visible: true });

test('the outlines are what the pictures showed when the setting was pinned', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await waitForFigures(page);
    const curves = await pathOf(page, '.loss-curves .curve.loss:not(.negative)');
    const cumulative = await pathOf(page, '[data-side=positives] .curve.gradient');
    await page.getByRole('button', { name: 'Pin this setting' }).click();
    assert.equal(await page.locator('.bin-outline, .pinned-mark').count(), 0, 'nothing differs yet');
    await page.getByLabel('γ', { exact: true }).fill('0');
    await waitForFigures(page);
    assert.equal(await pathOf(page, '.loss-curves .curve.loss.pinned:not(.negative)'), curves);
    assert.equal(await pathOf(page, '[data-side=positives] .curve.gradient.pinned'), cumulative);
    // Elements and cross-entropy are the same with any γ.
    assert.equal(await page.locator('.bin-outline.counts, .bin-outline.cross_entropy').count(), 0);
    assert.equal(await page.locator('.bin-outline.loss, .bin-outline.gradient_l1').count(), 4);
    assert.match((await page.locator('td.pinned-cell').getAttribute('aria-label'))!, /^γ 2, α 0\.25: .*, pinned$/);

    const pinned = await evaluate(origin, 'coins-detection.json', { gamma: 2, alpha: 0.25 });
    const shares = pinned.per_class.map(({ loss }: ResponseBody) => exactPercent(loss.share));
    await page.locator('.class-rows li').first().hover();
    const readout = await page.locator('.classes .readout').textContent();
    assert.ok(
      shares.some((share: string) => readout!.includes(`, pinned ${share}`)),
      `${readout} has none of ${shares.join(', ')}`,
    );
    await page.locator('[data-panel=loss] > svg').hover();
    assert.match((await page.locator('.difficulty .readout').textContent())!, /focal loss: .*\(pinned .*%/);
    await expectAccessible(page);

    await page.getByRole('button', { name: 'Unpin' }).click();
    assert.equal(await outlines(page).count(), 0);
    assert.ok(await page.locator('.legend .pinned-line').first().isHidden());
  }),
);

test('another batch has no outlines of the one before', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    await page.getByRole('button', { name: 'Pin this setting' }).click();
    await page.getByLabel('γ', { exact: true }).fill('5');
    await waitForFigures(page);
    assert.ok((await outlines(page).count()) > 10);
    await chooseBatch(page, 'Digits, long-tailed');
    assert.equal(await outlines(page).count(), 0);
  }),
);
