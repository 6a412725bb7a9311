import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose, SAMPLES, settled } from './choose-batch.ts';
import { NO_CHROMIUM } from './chromium.ts';
import { startExplorer } from './explorer-page.ts';

// That nothing violates the policy and no request leaves the origin is checked of every page in every test.

const withPage = startExplorer();

test('the page works under its policy, and looks as its style sheets say', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, faults }) => {
    for (const { title } of SAMPLES) await choose(page, title);
    const ground = await page
      .locator('td[role=gridcell]')
      .first()
      .evaluate((cell) => getComputedStyle(cell).backgroundColor);
    assert.match(ground, /^rgb\(/);
    assert.deepEqual(faults, []);
  }),
);

test('what is injected into the page does not run, and loads nothing', { skip: NO_CHROMIUM }, async () => {
  const violations: string[] = [];
  await assert.rejects(
    withPage(async ({ page, faults }) => {
      await settled(page);
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
    // As every test, this one ends by counting what went wrong.
    /is violated by/,
  );
  for (const directive of ['require-trusted-types-for', 'img-src', 'style-src-attr', 'connect-src']) {
    assert.ok(
      violations.some((what) => what.startsWith(directive)),
      `${directive}: ${violations.join('; ')}`,
    );
  }
});

test('names in a file are text, whatever they look like', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await settled(page);
    const name = '<img src=x onerror=alert(1)>';
    const batch = { logits: [[1, -2]], labels: [0], class_names: [name, '</script><script>1'] };
    const buffer = Buffer.from(JSON.stringify(batch));
    await page.setInputFiles('input[type=file]', { name: '<b>x</b>.json', mimeType: '', buffer });
    await page.locator('.batch-name', { hasText: '<b>x</b>.json' }).waitFor();
    await settled(page);
    assert.ok((await page.locator('.scroller tbody th').allTextContents()).includes(name));
    assert.equal(await page.locator('main img, main b').count(), 0);
  }),
);
