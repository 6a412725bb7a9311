import type { Page } from 'playwright-core';

/** Selects a sample batch of the explorer by its title, and waits for its figures. */
export async function chooseBatch(page: Page, title: string): Promise<void> {
  await waitForFigures(page);
  const button = page.getByRole('button', { name: title });
  if ((await button.getAttribute('aria-pressed')) === 'true') return;
  await button.click();
  await page.locator('.batch-name', { hasText: title }).waitFor();
  await waitForFigures(page);
}

/** Waits until the figures, the heatmap among them, show the response to the latest request. */
export async function waitForFigures(page: Page): Promise<void> {
  await page.locator('main:not([aria-busy])').waitFor();
  await page.locator('.sweep:not([hidden]) td').first().waitFor();
}
