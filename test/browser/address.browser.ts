import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { quantity } from '../../src/explorer/format.ts';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { evaluate } from './evaluate-batch.ts';
import { startExplorer } from './explorer-page.ts';

// The address has the whole setting.

const withPage = startExplorer();
const gammaOf = (page: Page) => page.getByLabel('γ', { exact: true }).inputValue();
const queryOf = (page: Page) => new URLSearchParams(new URL(page.url()).search);

test('a link and a reload open the same setting, the pinned one too', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    const pin = encodeURIComponent('gamma=0&alpha=off');
    await page.goto(
      `${origin}/?batch=breast-cancer&gamma=3.5&alpha=0.6&label_smoothing=0.1&metric=gradient-norm&pin=${pin}`,
    );
    const expected = await evaluate(origin, 'breast-cancer.json', { gamma: 3.5, alpha: 0.6, label_smoothing: 0.1 });
    const pinned = await evaluate(origin, 'breast-cancer.json', { gamma: 0, alpha: null });
    const expectShown = async () => {
      await waitForFigures(page);
      assert.equal(await page.locator('[data-value=loss]').textContent(), quantity(expected.loss));
      await page.locator('[data-pinned=loss]', { hasText: quantity(pinned.loss) }).waitFor();
      assert.equal(await page.locator('.metric select').first().inputValue(), 'gradient-norm');
      assert.equal(await page.locator('.differing').textContent(), 'label smoothing 0.1 · class_names (1)');
      assert.match(await page.locator('.pinned-setting').innerText(), /γ 0, α off, label_smoothing as in the file/);
    };
    await expectShown();
    await page.reload();
    await expectShown();
    assert.ok(await page.locator('.address-notes').isHidden());

    await page.getByRole('button', { name: 'Swap' }).click();
    await waitForFigures(page);
    await page.locator('[data-value=loss]', { hasText: quantity(pinned.loss) }).waitFor();
    assert.equal(queryOf(page).get('gamma'), '0');
    await page.getByRole('button', { name: 'Unpin' }).click();
    assert.ok(await page.locator('.beside-pinned').isHidden());
    assert.equal(queryOf(page).get('pin'), null);
  }),
);

test('the back button takes whole steps: a drag is one', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    await page.getByLabel('γ, slider').evaluate((slider: HTMLInputElement) => {
      for (const value of [2.5, 3, 3.5]) {
        slider.value = String(value);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
      }
    });
    await page.getByLabel('α, scheme').selectOption('off');
    await waitForFigures(page);
    await chooseBatch(page, 'Digits, long-tailed');
    assert.equal(queryOf(page).get('batch'), 'digits-longtail');
    await page.goBack();
    await page.locator('.batch-name', { hasText: 'Coins, detection' }).waitFor();
    await waitForFigures(page);
    assert.deepEqual([await gammaOf(page), await page.getByLabel('α, scheme').inputValue()], ['3.5', 'off']);
    await page.goBack();
    await page.goBack();
    await page.locator('.readout', { hasText: 'γ 2,' }).waitFor();
    assert.equal(await gammaOf(page), '2');
    await page.goForward();
    await page.goForward();
    await page.locator('.readout', { hasText: 'γ 3.5,' }).waitFor();
  }),
);

test('what an address cannot say is left out, and the page says so', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await page.goto(`${origin}/?batch=nothing&gamma=x&alpha=0.5&activation=relu&colour=red`);
    await waitForFigures(page);
    assert.deepEqual(await page.locator('.address-notes li').allTextContents(), [
      'There is no “colour” to set in the address.',
      'Expected gamma in the address to be a number from 0 to 100, got “x”.',
      'Expected activation in the address to be one of sigmoid, softmax, got “relu”.',
      'There is no sample batch “nothing”: this is the first.',
    ]);
    assert.equal(await gammaOf(page), '2');
    assert.equal(await page.getByLabel('α', { exact: true }).inputValue(), '0.5');
  }),
);

test('the address of a file of the user waits for it, and opens it with the same setting', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await page.goto(`${origin}/?batch=file%3Amine.json&gamma=1&alpha=off&ignore_index=7`);
    await page.getByText('This address is of your file “mine.json”').waitFor();
    const buffer = Buffer.from('{"logits":[[2,-1],[-3,0.5],[0.3,1]],"labels":[0,1,7]}');
    await page.setInputFiles('input[type=file]', { name: 'mine.json', mimeType: '', buffer });
    await waitForFigures(page);
    assert.equal(await gammaOf(page), '1');
    assert.equal(await page.locator('.differing').textContent(), 'ignored label 7');
    assert.ok(await page.locator('.address-notes').isHidden());
    // The back button returns to the file without asking for it.
    await chooseBatch(page, 'Breast cancer');
    await page.goBack();
    await page.locator('.batch-name', { hasText: 'mine.json' }).waitFor();
    await waitForFigures(page);
    assert.equal(await gammaOf(page), '1');
  }),
);
