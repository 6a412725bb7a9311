import assert from 'node:assert/strict';
import { test } from 'node:test';
import { percent } from '../../src/explorer/format.ts';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { evaluate, type ResponseBody } from './evaluate-batch.ts';
import { startExplorer } from './explorer-page.ts';

const withPage = startExplorer();
const SAMPLE = 'coins-detection.json';

test('the map starts with the gradient, on a scale with its ends and its middle', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    assert.equal(await page.locator('.metric select').first().inputValue(), 'gradient-share');
    const legend = page.locator('.sweep-legend');
    for (const end of ['0\u202f% only negatives', '50\u202f%', '100\u202f% only positives']) {
      assert.ok(await legend.getByText(end).isVisible());
    }
    const shares = await page
      .locator('td[role=gridcell].near-half')
      .evaluateAll((cells) => cells.map((cell) => Number(cell.textContent)));
    assert.ok(shares.length > 5 && shares.every((share) => share >= 40 && share <= 60), String(shares));
    await page.locator('.metric select').first().selectOption('gradient-norm');
    assert.equal(await page.locator('td.near-half').count(), 0);
    assert.match((await legend.textContent()) ?? '', /lowest.*highest/);
  }),
);

test('a click says what it changes, also from a γ between the cells', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await waitForFigures(page);
    const share = async (gamma: number, alpha: number) => {
      const { per_class: rows } = await evaluate(origin, SAMPLE, { gamma, alpha });
      const sum = (side: string) => rows.reduce((total: number, row: ResponseBody) => total + row.gradient_l1[side], 0);
      return percent(sum('positive') / sum('total'));
    };
    await page.getByLabel('γ', { exact: true }).fill('1.9');
    await waitForFigures(page);
    await page.getByRole('gridcell', { name: 'γ 3, α 0.5:' }).click();
    await waitForFigures(page);
    await page.mouse.move(1, 1);
    const change = `γ 1.9 → 3, α 0.25 → 0.5: positives’ share of the gradient ${await share(1.9, 0.25)} → ${await share(3, 0.5)}`;
    assert.equal(await page.locator('.sweep-readout').textContent(), change);
  }),
);

test('the recommended cell is what the page on choosing gamma arrives at', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    const start = page.locator('.start');
    await start.getByText('Start with γ 2, α 0.25.').waitFor();
    const text = (await start.textContent())!.replaceAll(/[\u00a0\u202f]/g, ' ');
    // The numbers of its tables.
    assert.match(text, /39 % of the gradient at γ 0 and 1\.4 % at γ 2/);
    assert.match(text, /positives have 47 % of the gradient/);
    assert.match(text, /a start, not a proof/);
    const recommended = page.locator('td.recommended');
    assert.match((await recommended.getAttribute('aria-label'))!, /^γ 2, α 0\.25: .*, recommended start$/);

    await page.getByLabel('γ', { exact: true }).fill('4');
    await waitForFigures(page);
    await start.getByRole('button').click();
    await waitForFigures(page);
    assert.equal(await page.getByLabel('γ', { exact: true }).inputValue(), '2');
    assert.equal(await recommended.getAttribute('aria-selected'), 'true');
  }),
);

test('where no cell can be recommended, the page says why', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await chooseBatch(page, 'Digits, long-tailed');
    await page.getByText('The page recommends no cell under softmax').waitFor();
    assert.equal(await page.locator('td.recommended').count(), 0);
    const buffer = Buffer.from(JSON.stringify({ logits: [-1, 0.5, -3], labels: [0, 0, 0] }));
    await page.setInputFiles('input[type=file]', { name: 'mine.json', mimeType: '', buffer });
    await page.getByText('because the batch has no positives').waitFor();
  }),
);

test('on a phone, every cell shows its number', { skip: NO_CHROMIUM }, () =>
  withPage(
    async ({ page }) => {
      await waitForFigures(page);
      const cut = await page
        .locator('td[role=gridcell]')
        .evaluateAll(
          (cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth || !cell.textContent).length,
        );
      assert.equal(cut, 0);
      assert.ok(await page.locator('td[role=gridcell] span').first().isVisible());
    },
    { viewport: { width: 390, height: 800 } },
  ),
);
