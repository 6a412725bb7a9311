import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { until } from '../harness/until.ts';
import { expectAccessible } from './expect-accessible.ts';
import { startExplorer } from './explorer-page.ts';
import { BATCH, JSON_HEADERS, legend, measured, openLive, routeTotals, value } from './live-page.ts';

const withPage = startExplorer();

test('a service without traffic says so, and the curl command that it shows works', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await waitForFigures(page);
    await page.getByRole('link', { name: 'Live' }).click();
    await page.locator('.no-traffic:not([hidden])').waitFor();
    // Its own requests, and those of other pages, probes and scrapes, are not traffic, however many there are.
    for (const path of ['/', '/live', '/metrics', '/health/ready']) await fetch(origin + path);
    await measured(page);
    assert.equal(await value(page, 'requests'), '0');
    assert.equal(await value(page, 'in-flight'), '0');
    assert.ok(await page.locator('.no-traffic').isVisible());
    const command = (await page.locator('.no-traffic code').textContent())!;
    assert.match(command, new RegExp(`^curl ${origin}/v1/focal-loss -H 'content-type: application/json' \\\\\n`));
    const [, body] = /-d '(.*)'$/.exec(command)!;
    const response = await fetch(`${origin}/v1/focal-loss`, { method: 'POST', headers: JSON_HEADERS, body: body! });
    assert.equal(response.status, 200);
    await page.locator('.no-traffic').waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'Explorer' }).click();
    await page.getByText('What would γ and α do').waitFor();
  }),
);

test('under load, the page shows what was requested, and each figure with its cursor', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await openLive(page, origin);
    const before = await routeTotals(page);
    let isDone = false;
    const counts = { ok: 0, wrong: 0 };
    const load = async (body: string, expected: number, name: keyof typeof counts) => {
      while (!isDone) {
        const response = await fetch(`${origin}/v1/focal-loss`, { method: 'POST', headers: JSON_HEADERS, body });
        await response.arrayBuffer();
        assert.equal(response.status, expected);
        counts[name] += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const loads = [load(BATCH, 200, 'ok'), load('{"logits": [1], "labels": [7]}', 422, 'wrong')];
    await measured(page, 4);
    isDone = true;
    await Promise.all(loads);
    await measured(page, 2);
    const after = await routeTotals(page);
    assert.equal(after['POST /v1/focal-loss 200']! - (before['POST /v1/focal-loss 200'] ?? 0), counts.ok);
    assert.equal(after['POST /v1/focal-loss 422']! - (before['POST /v1/focal-loss 422'] ?? 0), counts.wrong);
    const code = page.locator('.codes tbody tr', { hasText: 'invalid_request' });
    assert.equal(await code.locator('td').nth(2).textContent(), String(counts.wrong));
    assert.match((await code.locator('td').nth(1).textContent())!, /^\d\d:\d\d:\d\d$/);

    // Back by keyboard to an interval with traffic: all legends show its values.
    const slider = page.getByLabel('Values of');
    await slider.focus();
    for (let i = 0; i < 10 && (await legend(page, 'requests', 'rejected')) === '0/s'; i += 1) {
      await page.keyboard.press('ArrowLeft');
    }
    assert.match((await slider.getAttribute('aria-valuetext'))!, /^\d\d:\d\d:\d\d$/);
    assert.match(await legend(page, 'requests', 'successful'), /^(?!0\/s)[\d.]+\/s$/);
    assert.match(await legend(page, 'requests', 'rejected'), /^(?!0\/s)[\d.]+\/s$/);
    for (const stage of ['decode', 'compute', 'encode']) {
      assert.match(await legend(page, `${stage}-stage`, 'median'), /\d\s(µs|ms)$/);
    }
    assert.equal(await page.locator('.cursor[visibility=visible]').count(), 10);
    await page.keyboard.press('End');
    assert.equal(await slider.getAttribute('aria-valuetext'), 'now');
    // By pointer.
    const plot = page.locator('[data-chart=requests] .time-plot');
    const { width } = (await plot.boundingBox())!;
    await plot.hover({ position: { x: width - 20, y: 60 } });
    assert.match((await page.locator('.moment output').textContent())!, /^\d\d:\d\d:\d\d$/);

    await page.getByText('Every interval of the last five minutes').click();
    await page.locator('.numbers tbody tr').first().waitFor();
    const rows = await page.locator('.numbers tbody tr').count();
    await until('there is another row', async () => (await page.locator('.numbers tbody tr').count()) > rows);
    assert.match((await page.locator('.live-engine').textContent())!, /^Engine: wasm on .+, \d+ threads?, since /);
  }),
);

test('Pause stops the requests, as a hidden tab does', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await openLive(page, origin);
    let requests = 0;
    page.on('request', () => {
      requests += 1;
    });
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused').waitFor();
    await page.waitForTimeout(2500);
    assert.equal(requests, 0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await measured(page);
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    requests = 0;
    await page.waitForTimeout(2500);
    assert.equal(requests, 0);
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: false, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await measured(page);
  }),
);

const DISPLAYS = {
  'on a phone, in dark': { colorScheme: 'dark', viewport: { width: 390, height: 800 } },
  'in light': { colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  'on a large screen, in dark': { colorScheme: 'dark', viewport: { width: 2560, height: 1300 } },
} as const;

for (const [name, options] of Object.entries(DISPLAYS)) {
  test(`axe finds no violation ${name}, and nothing is wider than the window`, { skip: NO_CHROMIUM }, () =>
    withPage(async ({ page, origin }) => {
      await openLive(page, origin);
      await expectAccessible(page);
      for (const body of [BATCH, '{', '{"logits": [1], "labels": [7]}']) {
        await fetch(`${origin}/v1/focal-loss`, { method: 'POST', headers: JSON_HEADERS, body });
      }
      await measured(page, 2);
      await page.getByText('Every interval of the last five minutes').click();
      await expectAccessible(page);
    }, options),
  );
}
