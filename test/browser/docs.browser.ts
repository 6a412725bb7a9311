import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { expectAccessible } from './expect-accessible.ts';
import { startExplorer } from './explorer-page.ts';

// Every test checks that nothing violates the page's policy and that no request leaves the origin.

const withPage = startExplorer('--api-keys', 'a-key-for-tests');

async function openDocs(page: Page, origin: string): Promise<string[]> {
  // The page that was opened first has its own refusal in the console, perhaps late.
  await page.locator('form.api-key').waitFor();
  const messages: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  await page.goto(`${origin}/docs`);
  await page.locator('form.key button:enabled').waitFor();
  return messages;
}

const DISPLAYS = [
  { colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 900 } },
] as const;

for (const options of DISPLAYS) {
  test(
    `axe finds no violation in ${options.colorScheme} at ${options.viewport.width} pixels`,
    {
      skip: NO_CHROMIUM,
    },
    () =>
      withPage(async ({ page, origin }) => {
        const messages = await openDocs(page, origin);
        await page.evaluate(() => {
          for (const details of document.querySelectorAll('details')) details.open = true;
        });
        await expectAccessible(page);
        assert.deepEqual(messages, []);
      }, options),
  );
}

test('fields, values, defaults and ranges of a request are visible without a click', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await openDocs(page, origin);
    const text = (await page.locator('#computeFocalLoss').innerText()).replaceAll(/\s+/g, ' ');
    for (const part of [
      'label_smoothing number in [0, 1) default 0',
      'class_axis integer default -1',
      'One of "differentiated", "detached"',
      'gamma number ≥ 0 or array of numbers ≥ 0 or object default 2',
      'labels Labels required',
    ]) {
      assert.ok(text.includes(part), `${part} is not in ${text}`);
    }
  }),
);

test('a selected example is sent with the key that was entered', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await openDocs(page, origin);
    const form = page.locator('#computeFocalLoss form.trial');
    await form.getByRole('button').click();
    await form.locator('.outcome', { hasText: '401' }).waitFor();
    await page.locator('#api-key').fill('ключ');
    await page.locator('form.key button').click();
    await page.getByText('got other characters in it').waitFor();
    await page.locator('#api-key').fill('a-key-for-tests');
    await page.locator('form.key button').click();
    await form.getByLabel('Example').selectOption({ label: 'timm AsymmetricLossMultiLabel()' });
    assert.match(await form.getByLabel('Body').inputValue(), /"margin": 0\.05/);
    await form.getByRole('button').click();
    await form.locator('.outcome', { hasText: '200' }).waitFor();
    assert.match((await form.locator('.result').textContent()) ?? '', /"loss": [\d.]+/);
  }),
);
