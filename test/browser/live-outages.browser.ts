import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { isReady, startService } from '../harness/service-process.ts';
import { startProcess } from '../harness/start-process.ts';
import { startExplorer } from './explorer-page.ts';
import { BATCH, JSON_HEADERS, measured, openLive, routeTotals, value } from './live-page.ts';

// What /live shows where metrics are missing, foreign or locked.

const withPage = startExplorer();
const withLockedPage = startExplorer('--api-keys', 'right-key');

test('a service that stops is reported, and so is its return with counters from zero', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    const first = await startService('--log-level', 'silent');
    const origin = `http://127.0.0.1:${first.address}`;
    // Requests of this page go to another origin than the one that withPage checks.
    const context = await page.context().browser()!.newContext();
    try {
      const live = await context.newPage();
      const errors: string[] = [];
      live.on('pageerror', (error) => errors.push(error.message));
      await openLive(live, origin);
      await fetch(`${origin}/v1/focal-loss`, { method: 'POST', headers: JSON_HEADERS, body: BATCH });
      await measured(live);
      await first.stop();
      await live.getByText(/No metrics since .* Trying again in \d+ s/).waitFor();
      const flags = ['--port', String(first.address), '--log-level', 'silent'];
      const second = startProcess(process.execPath, ['dist/main.js', ...flags], { stdout: 'ignore' });
      try {
        // Longer than `until` waits: starting may take most of a minute on a busy machine.
        for (let i = 0; !(await isReady(first.address)); i += 1) {
          assert.ok(i < 1200, 'the service did not get ready again');
          await sleep(100);
        }
        await live.getByText('The service has restarted, and counts from zero again.').waitFor({ timeout: 60_000 });
        await live.getByText(/The service responds again, after \d+ s/).waitFor();
        await measured(live);
        assert.equal(await value(live, 'requests'), '0');
        await fetch(`${origin}/v1/focal-loss`, { method: 'POST', headers: JSON_HEADERS, body: BATCH });
        await live.locator('.routes tbody tr', { hasText: 'POST' }).waitFor();
        assert.equal((await routeTotals(live))['POST /v1/focal-loss 200'], 1);
        assert.deepEqual(errors, []);
      } finally {
        second.kill();
      }
    } finally {
      await context.close();
    }
  }),
);

test('something that is no metrics is reported, and its text is not markup', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await page.route('**/metrics', (route) => route.fulfill({ status: 200, body: '<b>Gateway</b>' }));
    await page.goto(`${origin}/live`);
    await page.getByText('Its response has no metrics of this service.').waitFor();
    await page.unroute('**/metrics');
    await page.route('**/metrics', async (route) => {
      const response = await route.fetch();
      const hostile = 'focal_loss_http_requests_total{method="<b>x</b>",route="/<img src=x>",status="200"} 5\n';
      await route.fulfill({ response, body: hostile + (await response.text()) });
    });
    await page.getByText('GET /<img src=x>'.replace('GET', '<b>x</b>')).waitFor();
    assert.equal(await page.locator('main img, main b').count(), 0);
  }),
);

test('if keys are set, the page requests one', { skip: NO_CHROMIUM }, () =>
  withLockedPage(async ({ page, origin }) => {
    await page.goto(`${origin}/live`);
    const field = page.getByLabel('API key');
    await page.getByText('got none').waitFor();
    await field.fill('wrong-key');
    await page.keyboard.press('Enter');
    await page.getByText('got an invalid one').waitFor();
    await field.fill('right-key');
    await page.keyboard.press('Enter');
    await measured(page);
    assert.ok(await field.isHidden());
    assert.ok(!(await page.content()).includes('right-key'));
  }),
);
