import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { mulberry32 } from '../harness/mulberry32.ts';
import { startExplorer } from './explorer-page.ts';

const withPage = startExplorer();
const CLASSES = 5000;
/** About twice the number of elements that the page has with ten classes. */
const MAX_ELEMENTS = 2500;

test('of 5 000 classes, only the visible ones are in the document', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    await page.setInputFiles('input[type=file]', { name: 'many.json', mimeType: '', buffer: manyClasses() });
    await page.locator('.batch-name', { hasText: 'many.json' }).waitFor();
    await waitForFigures(page);
    const elements = () => page.evaluate(() => document.querySelectorAll('*').length);
    assert.ok((await elements()) < MAX_ELEMENTS, String(await elements()));
    assert.equal(await page.locator('.scroll-area table').getAttribute('aria-rowcount'), String(CLASSES + 1));
    assert.ok(await page.getByText('4\u202f992 others').isVisible());

    await page.getByRole('button', { name: 'Class', exact: true }).click();
    const first = page.locator('.scroll-area tbody th').first();
    assert.equal(await first.textContent(), 'Class 0');
    // At the end of the list, every row still has the index of its class.
    await page.locator('.scroll-area').evaluate((scroller) => {
      scroller.scrollTop = scroller.scrollHeight;
    });
    await page.locator('.scroll-area tbody th', { hasText: `Class ${CLASSES - 1}` }).waitFor();
    const rows = await page
      .locator('.scroll-area tbody tr:not(.spacer)')
      .evaluateAll((lines) =>
        lines.map((line) => [line.getAttribute('aria-rowindex'), line.querySelector('th')?.textContent]),
      );
    for (const [index, name] of rows) assert.equal(name, `Class ${Number(index) - 2}`);
    assert.ok((await elements()) < MAX_ELEMENTS);

    const before = await page.locator('[data-value=loss]').textContent();
    await page.getByLabel('γ', { exact: true }).fill('3');
    await waitForFigures(page);
    assert.notEqual(await page.locator('[data-value=loss]').textContent(), before);
    assert.ok((await elements()) < MAX_ELEMENTS);
  }),
);

test('dragging a slider sends one request, for its last position', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    const bodies: Promise<object>[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('/v1/focal-loss')) bodies.push(response.json());
    });
    await page.getByLabel('γ, slider').evaluate((slider: HTMLInputElement) => {
      for (let step = 0; step <= 100; step++) {
        slider.value = String(step / 20);
        slider.dispatchEvent(new Event('input', { bubbles: true }));
      }
    });
    await waitForFigures(page);
    // Others have the initial logits of the result, or the negatives at a γ.
    const evaluations = (await Promise.all(bodies)).filter((body) => 'calibration' in body);
    assert.equal(evaluations.length, 1);
    assert.equal(
      await page
        .locator('.controls [role=status]')
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
