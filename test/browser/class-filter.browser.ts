import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { mulberry32 } from '../harness/mulberry32.ts';
import { startExplorer } from './explorer-page.ts';

const withPage = startExplorer();
/** A frame in which a key or the pointer was handled takes this at most. A display has 16.7; CI's machines are slow. */
const MAX_FRAME_MS = 100;

test('a filter shows the classes whose names have a text, in bars and table alike', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await openClasses(page, 80);
    const [ofBars, ofTable] = [page.locator('.classes input[type=search]'), page.locator('.table input[type=search]')];
    await ofBars.fill('NO_7');
    assert.equal(await ofTable.inputValue(), 'NO_7');
    const names = page.locator('.class-rows .class-name');
    // Of the 11 matches, the eight with the most cross-entropy have a row.
    const shown = await names.allTextContents();
    assert.equal(shown.length, 9);
    assert.equal(shown.pop(), '3 other matches');
    for (const name of shown) assert.match(name, /no_7\d?$/);
    assert.equal(await page.locator('.scroll-area table').getAttribute('aria-rowcount'), '12');
    assert.ok(await page.getByText('11 of 80 classes').first().isVisible());
    await ofTable.fill('nothing like it');
    await page.getByText('No class has this in its name.').waitFor();
    // It stays when γ changes, since the classes do not.
    await ofTable.fill('no_12');
    await page.getByLabel('γ', { exact: true }).fill('1');
    await waitForFigures(page);
    assert.equal(await names.count(), 1);
    await openClasses(page, 20);
    assert.equal(await ofBars.inputValue(), '');
  }),
);

test('the bar of the others is cut, marked, and holds what they have', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await openClasses(page, 80);
    const rest = page.locator('.class-rows .rest');
    assert.equal(await rest.locator('.cut').count(), 3);
    assert.equal(await page.locator('.class-rows li:not(.rest) .cut').count(), 0);
    const widths = await rest.locator('.bar:not([hidden])').evaluateAll((bars) => bars.map((bar) => bar.clientWidth));
    assert.ok(Math.max(...widths) > 50, String(widths));
    assert.match((await page.locator('.class-rows .axis').textContent())!, /0\s%.*\d\s%/);
  }),
);

test('with 5 000 classes, typing and pointing redraw only what is in view', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await openClasses(page, 5000);
    const spent = await page.evaluate(async () => {
      const field = document.querySelector<HTMLInputElement>('.classes input[type=search]')!;
      const records: MutationRecord[] = [];
      const observer = new MutationObserver((seen) => records.push(...seen));
      observer.observe(document.querySelector('#figures')!, { childList: true, subtree: true });
      const times: number[] = [];
      for (const typed of ['n', 'no', 'no_', 'no_4', 'no_42', 'no_4', '']) {
        const start = performance.now();
        field.value = typed;
        field.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise((resolve) => requestAnimationFrame(resolve));
        times.push(performance.now() - start);
      }
      for (const row of document.querySelectorAll('.class-rows li:not(.axis)')) {
        const start = performance.now();
        row.dispatchEvent(new PointerEvent('pointermove', { bubbles: true }));
        await new Promise((resolve) => requestAnimationFrame(resolve));
        times.push(performance.now() - start);
      }
      records.push(...observer.takeRecords());
      return { times, added: records.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0) };
    });
    assert.ok(spent.added < 1500, `${spent.added} nodes were added`);
    const median = spent.times.sort((a, b) => a - b)[Math.floor(spent.times.length / 2)]!;
    assert.ok(median < MAX_FRAME_MS, String(spent.times));
  }),
);

test('a long name loses its middle and keeps its end', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await openClasses(page, 12);
    const name = page.locator('.class-rows .class-name').first();
    const { clipped, inside } = await name.evaluate((element) => {
      const [start, end] = [...element.children] as HTMLElement[];
      const [outer, inner] = [element.getBoundingClientRect(), end!.getBoundingClientRect()];
      return { clipped: start!.scrollWidth > start!.clientWidth, inside: inner.right <= outer.right + 1 };
    });
    assert.ok(clipped && inside);
    assert.match((await name.getAttribute('title'))!, /^vertebrate\/.*\/no_\d+$/);
  }),
);

async function openClasses(page: Page, classes: number): Promise<void> {
  await waitForFigures(page);
  const random = mulberry32(7);
  const logits = Array.from({ length: 40 }, () =>
    Array.from({ length: classes }, () => Math.round((random() * 8 - 7) * 100) / 100),
  );
  const labels = logits.map(() => Math.floor(random() * classes));
  const batch = { logits, labels, class_names: Array.from({ length: classes }, (_, i) => long(`no_${i}`)) };
  const name = `${classes}.json`;
  await page.setInputFiles('input[type=file]', { name, mimeType: '', buffer: Buffer.from(JSON.stringify(batch)) });
  await page.locator('.batch-name', { hasText: name }).waitFor();
  await waitForFigures(page);
}

function long(name: string): string {
  return name.startsWith('no_') ? `vertebrate/mammal/a long name of a class/${name}` : name;
}
