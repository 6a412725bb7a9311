import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mulberry32 } from '../harness/mulberry32.ts';
import { settled } from './choose-batch.ts';
import { NO_CHROMIUM } from './chromium.ts';
import { startExplorer } from './explorer-page.ts';

const withPage = startExplorer();
const CLASSES = 5000;
/** Of rows, cells, bars and bins together: what the page has with ten classes is half of that. */
const MOST_ELEMENTS = 2500;

test('of 5 000 classes only those in sight are in the document', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await settled(page);
    await page.setInputFiles('input[type=file]', { name: 'many.json', mimeType: '', buffer: manyClasses() });
    await page.locator('.batch-name', { hasText: 'many.json' }).waitFor();
    await settled(page);
    const elements = () => page.evaluate(() => document.querySelectorAll('*').length);
    assert.ok((await elements()) < MOST_ELEMENTS, String(await elements()));
    assert.equal(await page.locator('.scroller table').getAttribute('aria-rowcount'), String(CLASSES + 1));
    assert.ok(await page.getByText('4\u202f992 others').isVisible());

    await page.getByRole('button', { name: 'Class', exact: true }).click();
    const first = page.locator('.scroller tbody th').first();
    assert.equal(await first.textContent(), 'Class 0');
    // To the end, and every row has the place in the list that it says it has.
    await page.locator('.scroller').evaluate((scroller) => {
      scroller.scrollTop = scroller.scrollHeight;
    });
    await page.locator('.scroller tbody th', { hasText: `Class ${CLASSES - 1}` }).waitFor();
    const rows = await page
      .locator('.scroller tbody tr:not(.gap)')
      .evaluateAll((lines) =>
        lines.map((line) => [line.getAttribute('aria-rowindex'), line.querySelector('th')?.textContent]),
      );
    for (const [index, name] of rows) assert.equal(name, `Class ${Number(index) - 2}`);
    assert.ok((await elements()) < MOST_ELEMENTS);

    const before = await page.locator('[data-value=loss]').textContent();
    await page.getByLabel('γ', { exact: true }).fill('3');
    await settled(page);
    assert.notEqual(await page.locator('[data-value=loss]').textContent(), before);
    assert.ok((await elements()) < MOST_ELEMENTS);
  }),
);

test('of the answers to a drag only the last is asked for and shown', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await settled(page);
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().endsWith('/v1/focal-loss')) asked++;
    });
    await page.getByLabel('γ, slider').evaluate((slider: HTMLInputElement) => {
      for (let step = 0; step <= 100; step++) {
        slider.value = String(step / 20);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
      }
    });
    await settled(page);
    assert.equal(asked, 1);
    assert.equal(
      await page
        .locator('.setting [role=status]')
        .textContent()
        .then((text) => text?.slice(0, 4)),
      'γ 5,',
    );
  }),
);

function manyClasses(): Buffer {
  const random = mulberry32(7);
  const logits = Array.from({ length: 40 }, () =>
    Array.from({ length: CLASSES }, () => Math.round((random() * 8 - 7) * 100) / 100),
  );
  const labels = logits.map(() => Math.floor(random() * CLASSES));
  return Buffer.from(JSON.stringify({ logits, labels }));
}
