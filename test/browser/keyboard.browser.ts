import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { startExplorer } from './explorer-page.ts';

const withPage = startExplorer();

test('the whole page works by keyboard', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    const { keyboard } = page;
    const gamma = page.getByLabel('γ', { exact: true });
    const alpha = page.getByLabel('α', { exact: true });

    await tabTo(page, 'Digits, long-tailed');
    await keyboard.press('Enter');
    await page.locator('.batch-name', { hasText: 'Digits' }).waitFor();
    await tabBackTo(page, 'Coins, detection');
    await keyboard.press('Space');
    await page.locator('.batch-name', { hasText: 'Coins, detection' }).waitFor();
    await waitForFigures(page);

    await tabTo(page, 'γ, slider');
    await keyboard.press('ArrowRight');
    assert.equal(await gamma.inputValue(), '2.05');
    await tabTo(page, 'γ');
    await keyboard.press('ControlOrMeta+A');
    await keyboard.type('1');
    // The box adds a field for negatives, which starts where the one for both was.
    await tabTo(page, /^per side/);
    await keyboard.press('Space');
    await tabBackTo(page, 'γ of negatives, slider');
    await keyboard.press('ArrowRight');
    assert.equal(await page.getByLabel('γ of negatives', { exact: true }).inputValue(), '1.05');
    assert.equal(await page.getByLabel('γ of positives', { exact: true }).inputValue(), '1');
    await tabTo(page, /^per side/);
    await keyboard.press('Space');
    assert.equal(await gamma.inputValue(), '1');
    await tabTo(page, 'α, slider');
    await keyboard.press('End');
    assert.equal(await alpha.inputValue(), '1');
    await tabTo(page, 'α, scheme');
    await keyboard.type('off');
    assert.ok(await alpha.isDisabled());
    await waitForFigures(page);

    // The heatmap has one tab stop, the selected cell. Arrow keys move from there.
    await tabTo(page, /^γ 1, α off:/);
    await keyboard.press('ArrowUp');
    await keyboard.press('ArrowRight');
    assert.match(await focused(page), /^γ 1\.5, α 0\.05:/);
    assert.equal(await page.locator('.sweep-readout').textContent(), await focused(page));
    await keyboard.press('Enter');
    await waitForFigures(page);
    assert.equal(await gamma.inputValue(), '1.5');
    assert.equal(await alpha.inputValue(), '0.05');
    assert.equal(await page.locator('td[aria-selected=true]').count(), 1);
    await keyboard.press('End');
    await keyboard.press('ArrowRight');
    assert.match(await focused(page), /^γ 5, α 0\.05:/);

    await tabTo(page, 'Positives');
    await keyboard.press('Enter');
    const header = page.getByRole('columnheader', { name: 'Positives' });
    assert.equal(await header.getAttribute('aria-sort'), 'descending');
    assert.equal(await page.locator('.scroll-area tbody th').first().textContent(), 'medium');
    await keyboard.press('Space');
    assert.equal(await header.getAttribute('aria-sort'), 'ascending');
    assert.equal(await page.locator('.scroll-area tbody th').first().textContent(), 'small');
    assert.equal(await page.locator('th[aria-sort]').count(), 1);
    await tabTo(page, 'Copy the program');
  }),
);

const WINDOWS = { 'on a desktop': { width: 1280, height: 720 }, 'on a phone': { width: 390, height: 800 } };
for (const [name, viewport] of Object.entries(WINDOWS)) {
  test(`the sticky controls never hide the focused element ${name}`, { skip: NO_CHROMIUM }, () =>
    withPage(
      async ({ page }) => {
        await waitForFigures(page);
        // The controls are at their highest with a gamma for each side.
        await page.getByLabel('per side').check();
        await waitForFigures(page);
        for (let presses = 0; presses < 60; presses++) {
          await page.keyboard.press('Shift+Tab');
          const hidden = await page.evaluate(() => {
            const element = document.activeElement;
            const bar = document.querySelector('.controls')!;
            if (!element || element === document.body || bar.contains(element)) return null;
            const { top, bottom } = element.getBoundingClientRect();
            const cover = bar.getBoundingClientRect();
            return cover.top <= 0 && bottom > 0 && bottom <= cover.bottom && top >= cover.top
              ? element.outerHTML
              : null;
          });
          assert.equal(hidden, null);
        }
      },
      { viewport },
    ),
  );
}

async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  await press(page, 'Tab', name);
}

async function tabBackTo(page: Page, name: string | RegExp): Promise<void> {
  await press(page, 'Shift+Tab', name);
}

async function press(page: Page, key: string, name: string | RegExp): Promise<void> {
  const seen: string[] = [];
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press(key);
    const now = await focused(page);
    if (typeof name === 'string' ? now === name : name.test(now)) return;
    seen.push(now);
  }
  assert.fail(`expected ${key} to reach ${name}, got ${seen.join(' | ')}`);
}

/** The name of the focused element. */
async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement!;
    const title = element.querySelector('.sample-title');
    const label = element instanceof HTMLInputElement ? element.labels?.[0] : null;
    return element.getAttribute('aria-label') ?? (title ?? label ?? element).textContent?.trim() ?? '';
  });
}
