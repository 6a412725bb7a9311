import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';

/** A file that the page has saved. */
export interface Saved {
  readonly name: string;
  readonly path: string;
  readonly content: Buffer;
}

/** Saves one of the forms that a figure's menu offers. */
export async function save(page: Page, figure: string, item: string, folder: string): Promise<Saved> {
  const menu = page.locator(`.figure.${figure} details.export-menu`);
  await menu.locator('summary').click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    menu.getByRole('button', { name: item }).click(),
  ]);
  const name = download.suggestedFilename();
  const path = join(folder, name);
  await download.saveAs(path);
  return { name, path, content: readFileSync(path) };
}

/** Opens a file in a browser that is offline, and expects no request but for it, and no error. */
export async function withFile(
  page: Page,
  path: string,
  use: (alone: Page, size: { width: number; height: number }) => Promise<void>,
): Promise<void> {
  const context = await page.context().browser()!.newContext({ offline: true });
  try {
    const alone = await context.newPage();
    const faults: string[] = [];
    const url = pathToFileURL(path).href;
    alone.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) faults.push(request.url());
    });
    alone.on('pageerror', (error) => faults.push(error.message));
    alone.on('console', (message) => faults.push(message.text()));
    await alone.goto(url);
    const size = await alone.evaluate(() => ({
      width: Number(document.documentElement.getAttribute('width')),
      height: Number(document.documentElement.getAttribute('height')),
    }));
    await use(alone, size);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}

/** Runs with a new folder, and removes it. */
export async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-exports-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
