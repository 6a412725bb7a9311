import type { Page } from 'playwright-core';

// Reads the page at /live.

export const JSON_HEADERS = { 'content-type': 'application/json' };
export const BATCH = '{"logits": [2.2, -1.3, -4], "labels": [1, 0, 1]}';

export async function openLive(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/live`);
  await measured(page);
}

/** Waits for further measurements. */
export async function measured(page: Page, count = 1): Promise<void> {
  await page.locator('[data-chart=requests] svg').waitFor();
  for (let i = 0; i < count; i += 1) {
    await page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const observer = new MutationObserver(() => {
            observer.disconnect();
            resolve();
          });
          observer.observe(document.querySelector('[data-chart=requests] .time-plot')!, { childList: true });
        }),
    );
  }
}

export async function value(page: Page, name: string): Promise<string | null> {
  return page.locator(`[data-value=${name}]`).textContent();
}

export async function legend(page: Page, chart: string, series: string): Promise<string> {
  const item = page.locator(`[data-chart=${chart}] .legend li`, { hasText: series });
  return (await item.locator('.value').textContent())!;
}

/** The last column of the table of routes, by route and status. */
export async function routeTotals(page: Page): Promise<Record<string, number>> {
  const rows = await page
    .locator('.routes tbody tr')
    .evaluateAll((lines) => lines.map((line) => [...line.children].map((cell) => cell.textContent)));
  return Object.fromEntries(
    rows.map((cells) => [`${cells[0]} ${cells[1]}`, Number(cells.at(-1)!.replaceAll(/\s/g, ''))]),
  );
}
