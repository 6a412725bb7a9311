import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { quantity } from '../../src/explorer/format.ts';
import { SAMPLE_BATCHES } from '../../src/explorer/samples/sample-batches.ts';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { startExplorer } from './explorer-page.ts';

// Runs the code that the page copies, unchanged, in the folder of the file that the page saves.

const withPage = startExplorer();
const run = promisify(execFile);
const clipboard = { permissions: ['clipboard-read', 'clipboard-write'] };

for (const { title } of SAMPLE_BATCHES) {
  test(
    `${title}: the copied curl command has the result that the page shows`,
    { skip: NO_CHROMIUM || lacking('curl', '--version') },
    () =>
      withPage(async ({ page }) => {
        await chooseBatch(page, title);
        await page.getByLabel('γ', { exact: true }).fill('0.7');
        await waitForFigures(page);
        await inFolder(page, async (folder) => {
          const { stdout } = await run('bash', ['-c', await copied(page, 'Copy as curl')], { cwd: folder });
          assert.equal(quantity(JSON.parse(stdout).loss), await page.locator('[data-value=loss]').textContent());
        });
      }, clipboard),
  );
}

test('the copied Python prints the loss', { skip: NO_CHROMIUM || lacking('python3', '-c', 'import requests') }, () =>
  withPage(async ({ page }) => {
    await chooseBatch(page, 'Coins, edge segmentation');
    await inFolder(page, async (folder) => {
      const { stdout } = await run('python3', ['-c', await copied(page, 'Copy as Python')], { cwd: folder });
      assert.equal(quantity(Number(stdout)), await page.locator('[data-value=loss]').textContent());
    });
  }, clipboard),
);

test('without a clipboard, the code is selected', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByText('The code is selected.').waitFor();
    const selected = await page.evaluate(() => String(getSelection()));
    assert.equal(selected, await page.locator('[data-code=curl]').textContent());
  }),
);

/** Saves the request's body in a new folder. */
async function inFolder(page: Page, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-explorer-'));
  try {
    const saving = page.waitForEvent('download');
    await page.locator('.download').click();
    const download = await saving;
    await download.saveAs(join(folder, download.suggestedFilename()));
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function copied(page: Page, button: string): Promise<string> {
  await page.getByRole('button', { name: button }).click();
  await page.getByText('Copied.').waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** The reason to skip a test that needs a program, or false. */
function lacking(program: string, ...proof: string[]): string | false {
  try {
    execFileSync(program, proof, { stdio: 'ignore' });
    return false;
  } catch {
    return `${[program, ...proof].join(' ')} fails`;
  }
}
