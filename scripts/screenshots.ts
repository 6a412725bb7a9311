import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { chooseBatch } from '../test/harness/choose-batch.ts';
import { launchChromium } from '../test/harness/chromium.ts';
import { startService } from '../test/harness/service-process.ts';

// Takes the documentation's screenshots of the explorer, with each sample batch, and of /live: `npm run screenshots`. Needs
// Chromium.

const FOLDER = new URL('../docs/screenshots/', import.meta.url);
const DESKTOP = { width: 1440, height: 900 };

interface Shot {
  readonly name: string;
  /** The sample batch that is chosen; none on a page without batches. */
  readonly batch?: string;
  /** With the query, `/` by default. */
  readonly path?: string;
  readonly options?: BrowserContextOptions;
  /** Whether to show only what fits the window, not the whole page. */
  readonly viewportOnly?: boolean;
  /** The element to scroll to. */
  readonly scrollTo?: string;
}

const SHOTS: readonly Shot[] = [
  {
    name: 'explorer',
    batch: 'Coins, detection',
    options: { viewport: { width: 1440, height: 1440 } },
    viewportOnly: true,
  },
  { name: 'coins-detection', batch: 'Coins, detection' },
  { name: 'coins-edges', batch: 'Coins, edge segmentation' },
  { name: 'digits-longtail', batch: 'Digits, long-tailed' },
  { name: 'breast-cancer', batch: 'Breast cancer' },
  { name: 'coins-detection-dark', batch: 'Coins, detection', options: { colorScheme: 'dark' } },
  {
    name: 'phone',
    batch: 'Coins, detection',
    options: { viewport: { width: 390, height: 1900 } },
    viewportOnly: true,
    scrollTo: '.difficulty',
  },
  {
    name: 'pinned',
    path: `/?gamma=3&alpha=0.5&pin=${encodeURIComponent('gamma=0&alpha=off')}`,
    batch: 'Coins, detection',
    options: { viewport: { width: 1440, height: 1300 } },
    viewportOnly: true,
    scrollTo: '.curves',
  },
  {
    name: 'wide',
    batch: 'Digits, long-tailed',
    options: { viewport: { width: 2560, height: 1440 } },
    viewportOnly: true,
    scrollTo: '.curves',
  },
  { name: 'live', path: '/live', options: { viewport: { width: 1440, height: 1100 } }, viewportOnly: true },
];

mkdirSync(FOLDER, { recursive: true });
const service = await startService('--log-level', 'silent');
const browser = await launchChromium();
for (const { name, batch, path = '/', options, viewportOnly = false, scrollTo } of SHOTS) {
  const page = await browser.newPage({ viewport: DESKTOP, ...options });
  const origin = `http://127.0.0.1:${service.address}`;
  await page.goto(origin + path);
  if (batch) await chooseBatch(page, batch);
  else await haveTraffic(page, origin);
  if (scrollTo) await page.locator(scrollTo).evaluate((element) => element.scrollIntoView());
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, FOLDER)), fullPage: !viewportOnly });
  await page.close();
}
await browser.close();
await service.stop();

/** Gives /live something to show: half a minute of requests, some of them wrong. */
async function haveTraffic(page: Page, origin: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const logits = Array.from({ length: 400 }, (_, i) => ((i * 7919) % 1000) / 100 - 8);
  const labels = logits.map((_, i) => Number(i % 40 === 0));
  const end = Date.now() + 30_000;
  for (let i = 0; Date.now() < end; i++) {
    const batch = { logits, labels: i % 25 === 24 ? [7] : labels };
    await fetch(`${origin}/v1/focal-loss`, { method: 'POST', headers, body: JSON.stringify(batch) });
    await page.waitForTimeout(20 + 30 * Math.sin(i / 40) ** 2);
  }
}
