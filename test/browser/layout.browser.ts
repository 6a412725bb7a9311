import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { startExplorer } from './explorer-page.ts';

const withPage = startExplorer();

test('the introduction explains p_t, folds after a choice, and comes back', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    const line = page.locator('.pt-line');
    assert.match((await line.textContent())!, /^pt is the probability that the model gives to the correct answer/);
    assert.ok(await line.isVisible());
    await chooseBatch(page, 'Breast cancer');
    assert.ok(await line.isHidden());
    assert.ok(await page.getByRole('button', { name: 'Coins, detection' }).isVisible());
    await page.getByRole('button', { name: 'Show the introduction' }).click();
    assert.ok(await line.isVisible());
  }),
);

test('in a wide window figures stand side by side, and leave no margin unused', { skip: NO_CHROMIUM }, () =>
  withPage(
    async ({ page }) => {
      await waitForFigures(page);
      const [curves, difficulty] = await Promise.all(
        ['.curves', '.difficulty'].map((figure) => page.locator(figure).boundingBox()),
      );
      assert.equal(curves!.y, difficulty!.y);
      assert.ok(difficulty!.x + difficulty!.width > 2400);
    },
    { viewport: { width: 2560, height: 1300 } },
  ),
);

test('on a phone, the class table shows that it scrolls, until it is at its end', { skip: NO_CHROMIUM }, () =>
  withPage(
    async ({ page }) => {
      await waitForFigures(page);
      const note = page.getByText('Scroll sideways for more columns');
      await note.waitFor();
      await page.locator('.scroll-area').evaluate((area) => area.scrollTo({ left: area.scrollWidth }));
      await note.waitFor({ state: 'hidden' });
    },
    { viewport: { width: 390, height: 800 } },
  ),
);
