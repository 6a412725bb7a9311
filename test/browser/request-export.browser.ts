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
import { cleanEnvironment } from '../harness/clean-environment.ts';
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
          const { stdout } = await run('bash', ['-c', await copied(page, 'curl')], { cwd: folder });
          assert.equal(quantity(JSON.parse(stdout).loss), await page.locator('[data-value=loss]').textContent());
        });
      }, clipboard),
  );
}

const PYTHON = process.env.PYTHON ?? 'python3';
const CLIENT = new URL('../../clients/python/src', import.meta.url).pathname;

for (const title of ['Coins, detection', 'Digits, long-tailed']) {
  test(
    `${title}: the copied Python prints the loss`,
    { skip: NO_CHROMIUM || lacking(PYTHON, '-c', 'import numpy, safetensors.numpy, urllib3') },
    () => expectSameLoss(title, 'Python', (code) => [PYTHON, '-c', code]),
  );
  test(
    `${title}: the copied R prints the loss`,
    { skip: NO_CHROMIUM || lacking('Rscript', '-e', 'library(httr2)') },
    () => expectSameLoss(title, 'R', (code) => ['Rscript', '-e', code]),
  );
}

test('programs for training have the options of the page, by the names of the service', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await page.goto(`${origin}/?batch=digits-longtail&gamma=3&alpha=balanced&label_smoothing=0.1`);
    await waitForFigures(page);
    await page.getByLabel('Program').selectOption('PyTorch');
    const code = await page.locator('.export code').textContent();
    for (const part of ['FocalLoss(', 'gamma=3', 'alpha={"balanced": True}', 'activation="softmax"', 'smoothing=0.1']) {
      assert.ok(code?.includes(part), `${part} is not in ${code}`);
    }
    await page.getByLabel('γ', { exact: true }).fill('1');
    await page.locator('.export code', { hasText: 'gamma=1' }).waitFor();
  }),
);

test('without a clipboard, the code is selected', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    const section = page.locator('.export');
    await section.getByRole('button', { name: 'Copy the program' }).click();
    await page.getByText('The code is selected.').waitFor();
    const selected = await page.evaluate(() => String(getSelection()));
    assert.equal(selected, await section.locator('code').textContent());
  }),
);

/** Runs the copied program where the saved batch is. */
async function expectSameLoss(title: string, program: string, command: (code: string) => string[]): Promise<void> {
  await withPage(async ({ page }) => {
    await chooseBatch(page, title);
    await inFolder(page, async (folder) => {
      const [executable, ...args] = command(await copied(page, program));
      const env = { ...cleanEnvironment(), PYTHONPATH: CLIENT };
      const { stdout } = await run(executable!, args, { cwd: folder, env });
      assert.equal(quantity(Number(stdout.replace('[1]', ''))), await page.locator('[data-value=loss]').textContent());
    });
  }, clipboard);
}

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

async function copied(page: Page, program: string): Promise<string> {
  const section = page.locator('.export');
  await section.getByLabel('Program').selectOption(program);
  await section.getByRole('button', { name: 'Copy the program' }).click();
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
