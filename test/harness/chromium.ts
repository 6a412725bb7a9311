import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** The browser that CHROMIUM names, the system's, or the one that `npx playwright-core install chromium` installed. */
const CHROMIUM = [process.env.CHROMIUM ?? '/usr/bin/chromium', chromium.executablePath()].find(existsSync);

/** The `skip` option of node:test: the reason if there is no Chromium, or false. */
export const NO_CHROMIUM = CHROMIUM ? false : 'no Chromium found; set CHROMIUM to the path of one';

export function launchChromium(): Promise<Browser> {
  if (!CHROMIUM) throw new Error(String(NO_CHROMIUM));
  // Chromium's sandbox needs privileges that containers lack. The tests open only pages of this repository.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}
