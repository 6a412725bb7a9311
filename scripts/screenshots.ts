import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { choose } from '../test/browser/choose-batch.ts';
import { launchChromium } from '../test/browser/chromium.ts';
import { startService } from '../test/harness/service-process.ts';

// Photographs the page with each of its batches, for the documentation: `npm run screenshots`. Needs Chromium.

const FOLDER = new URL('../docs/screenshots/', import.meta.url);
const DESKTOP = { width: 1200, height: 900 };

interface Shot {
  readonly name: string;
  readonly batch: string;
  readonly options?: BrowserContextOptions;
  /** Not the whole page, but what a window of this size shows. */
  readonly inSight?: boolean;
  /** What to scroll to. */
  readonly from?: string;
}

const SHOTS: readonly Shot[] = [
  { name: 'explorer', batch: 'Coins, detected', options: { viewport: { width: 1200, height: 1440 } }, inSight: true },
  { name: 'coins-detection', batch: 'Coins, detected' },
  { name: 'coins-edges', batch: 'Coins, their edges' },
  { name: 'digits-longtail', batch: 'Digits, long-tailed' },
  { name: 'breast-cancer', batch: 'Breast cancer' },
  { name: 'coins-detection-dark', batch: 'Coins, detected', options: { colorScheme: 'dark' } },
  {
    name: 'phone',
    batch: 'Coins, detected',
    options: { viewport: { width: 375, height: 1900 } },
    inSight: true,
    from: '.difficulty',
  },
];

mkdirSync(FOLDER, { recursive: true });
const service = await startService('--log-level', 'silent');
const browser = await launchChromium();
for (const { name, batch, options, inSight = false, from } of SHOTS) {
  const page = await browser.newPage({ viewport: DESKTOP, ...options });
  await page.goto(`http://127.0.0.1:${service.address}`);
  await choose(page, batch);
  if (from) await page.locator(from).evaluate((element) => element.scrollIntoView());
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, FOLDER)), fullPage: !inSight });
  await page.close();
}
await browser.close();
await service.stop();
