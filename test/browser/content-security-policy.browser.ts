import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SAMPLE_BATCHES } from '../../src/explorer/samples/sample-batches.ts';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { startExplorer } from './explorer-page.ts';

// Every test with a page checks that nothing violates the policy and that no request leaves the origin.

const withPage = startExplorer();

test('the page and its styles work under its policy', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, faults }) => {
    for (const { title } of SAMPLE_BATCHES) await chooseBatch(page, title);
    const background = await page
      .locator('td[role=gridcell]')
      .first()
      .evaluate((cell) => getComputedStyle(cell).backgroundColor);
    assert.match(background, /^rgb\(/);
    assert.deepEqual(faults, []);
  }),
);

test('injected elements neither run nor load anything', { skip: NO_CHROMIUM }, async () => {
  const violations: string[] = [];
  await assert.rejects(
    withPage(async ({ page, faults }) => {
      await waitForFigures(page);
      const ran = await page.evaluate(async () => {
        const script = document.createElement('script');
        let refused = '';
        try {
          script.textContent = 'window.injected = true';
        } catch (error) {
          refused = String(error);
        }
        document.body.append(script);
        const image = document.createElement('img');
        image.src = 'http://127.0.0.1:9/leak.png';
        document.body.append(image);
        const style = document.createElement('div');
        style.setAttribute('style', 'position: fixed');
        document.body.append(style);
        await new Promise((resolve) => setTimeout(resolve, 0));
        return { injected: 'injected' in window, refused, position: getComputedStyle(style).position };
      });
      assert.equal(ran.injected, false);
      assert.match(ran.refused, /TrustedScript/);
      assert.equal(ran.position, 'static');
      const fetched = await page.evaluate(async () => {
        const violated = new Promise((resolve) => {
          document.addEventListener('securitypolicyviolation', resolve, { once: true });
        });
        const outcome = await fetch('http://127.0.0.1:9/').then(
          () => 'fetched',
          () => 'refused',
        );
        await violated;
        return outcome;
      });
      assert.equal(fetched, 'refused');
      violations.push(...faults);
    }),
    // Like every test, this one fails at its end because of the violations.
    /is violated by/,
  );
  for (const directive of ['require-trusted-types-for', 'img-src', 'style-src-attr', 'connect-src']) {
    assert.ok(
      violations.some((what) => what.startsWith(directive)),
      `${directive}: ${violations.join('; ')}`,
    );
  }
});

test('names in a file are shown as text, not as markup', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    const name = '<img src=x onerror=alert(1)>';
    const batch = { logits: [[1, -2]], labels: [0], class_names: [name, '</script><script>1'] };
    const buffer = Buffer.from(JSON.stringify(batch));
    await page.setInputFiles('input[type=file]', { name: '<b>x</b>.json', mimeType: '', buffer });
    await page.locator('.batch-name', { hasText: '<b>x</b>.json' }).waitFor();
    await waitForFigures(page);
    assert.ok((await page.locator('.scroll-area tbody th').allTextContents()).includes(name));
    assert.equal(await page.locator('main img, main b').count(), 0);
  }),
);
