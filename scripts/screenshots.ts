import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions } from 'playwright-core';
import { launchChromium } from '../test/browser/chromium.ts';
import { startService } from '../test/harness/service-process.ts';

// Photographs the page with each of its batches, for the documentation: `npm run screenshots`. Needs Chromium.

const FOLDER = new URL('../docs/screenshots/', import.meta.url);
const DESKTOP = { width: 1200, height: 900 };

interface Shot {
  readonly name: string;
  readonly batch: string;
  readonly options?: BrowserContextOptions;
  /** Only what is in sight, from the sliders on. */
  readonly inSight?: boolean;
}

const SHOTS: readonly Shot[] = [
  { name: 'explorer', batch: 'Coins, detected', inSight: true },
  { name: 'coins-detection', batch: 'Coins, detected' },
  { name: 'coins-edges', batch: 'Coins, their edges' },
  { name: 'digits-longtail', batch: 'Digits, long-tailed' },
  { name: 'breast-cancer', batch: 'Breast cancer' },
  { name: 'coins-detection-dark', batch: 'Coins, detected', options: { colorScheme: 'dark' } },
  { name: 'phone', batch: 'Coins, detected', options: { viewport: { width: 375, height: 812 } }, inSight: true },
];

mkdirSync(FOLDER, { recursive: true });
const service = await startService('--log-level', 'silent');
const browser = await launchChromium();
for (const { name, batch, options, inSight = false } of SHOTS) {
  const page = await browser.newPage({ viewport: DESKTOP, ...options });
  await page.goto(`http://127.0.0.1:${service.address}`);
  await page.getByRole('button', { name: batch }).click();
  await page.locator('.batch-name', { hasText: batch }).waitFor();
  await page.locator('.sweep:not([hidden]) td').first().waitFor();
  await page.locator('main:not([aria-busy])').waitFor();
  if (inSight) await page.evaluate('document.querySelector("#figures").scrollIntoView()');
  await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, FOLDER)), fullPage: !inSight });
  await page.close();
}
await browser.close();
await service.stop();
