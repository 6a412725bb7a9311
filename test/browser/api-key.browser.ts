import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { startExplorer } from './explorer-page.ts';

const withPage = startExplorer('--api-keys', 'right-key');

test('the page requests the key, keeps it in the tab, and never writes it into code', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    const field = page.getByLabel('API key');
    await page.getByText('got none').waitFor();
    assert.ok(await field.evaluate((element) => element.matches(':focus')));
    await field.fill('wrong-key');
    await page.keyboard.press('Enter');
    await page.getByText('got an invalid one').waitFor();
    await field.fill('“right-key”');
    await page.keyboard.press('Enter');
    await page.getByText('got other characters in it').waitFor();
    await field.fill('right-key');
    await page.keyboard.press('Enter');
    await waitForFigures(page);
    assert.ok(await field.isHidden());
    const code = await page.locator('.export').textContent();
    assert.ok(code?.includes('$FOCAL_LOSS_API_KEY'));
    assert.ok(!(await page.content()).includes('right-key'));

    await page.reload();
    await waitForFigures(page);
    assert.ok(await field.isHidden());
    const stored = await page.evaluate('[Object.keys(localStorage).length, document.cookie]');
    assert.deepEqual(stored, [0, '']);
    // Another tab does not have it.
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByText('got none').waitFor();
  }),
);
