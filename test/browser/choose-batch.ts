import type { Page } from 'playwright-core';

/** The batches of the page's own, by their titles, with what their requests have beside their files. */
export const SAMPLES = [
  { title: 'Coins, detected', file: 'coins-detection.json', options: {} },
  { title: 'Coins, their edges', file: 'coins-edges.safetensors', options: { class_axis: 1, ignore_index: -1 } },
  { title: 'Digits, long-tailed', file: 'digits-longtail.json', options: {} },
  { title: 'Breast cancer', file: 'breast-cancer.json', options: {} },
] as const;

export async function choose(page: Page, title: string): Promise<void> {
  await settled(page);
  const button = page.getByRole('button', { name: title });
  if ((await button.getAttribute('aria-pressed')) === 'true') return;
  await button.click();
  await page.locator('.batch-name', { hasText: title }).waitFor();
  await settled(page);
}

/** Waits until the figures show the answers to what was asked last, the map among them. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main:not([aria-busy])').waitFor();
  await page.locator('.sweep:not([hidden]) td').first().waitFor();
}
