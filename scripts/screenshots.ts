import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { chooseBatch } from '../test/harness/choose-batch.ts';
import { launchChromium } from '../test/harness/chromium.ts';
import { startService } from '../test/harness/service-process.ts';

// Takes the documentation's screenshots of the explorer, with each sample batch: `npm run screenshots`. Needs Chromium.

const FOLDER = new URL('../docs/screenshots/', import.meta.url);
const DESKTOP = { width: 1200, height: 900 };

interface Shot {
  readonly name: string;
  readonly batch: string;
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
    options: { viewport: { width: 1200, height: 1440 } },
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
    options: { viewport: { width: 375, height: 1900 } },
    viewportOnly: true,
    scrollTo: '.difficulty',
  },
];

mkdirSync(FOLDER, { recursive: true });
const service = await startService('--log-level', 'silent');
const browser = await launchChromium();
for (const { name, batch, options, viewportOnly = false, scrollTo } of SHOTS) {
  const page = await browser.newPage({ viewport: DESKTOP, ...options });
  await page.goto(`http://127.0.0.1:${service.address}`);
  await chooseBatch(page, batch);
  if (scrollTo) await page.locator(scrollTo).evaluate((element) => element.scrollIntoView());
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, FOLDER)), fullPage: !viewportOnly });
  await page.close();
}
await browser.close();
await service.stop();
