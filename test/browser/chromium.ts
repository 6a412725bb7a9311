import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** The one that CHROMIUM names, else the system's, else the one that `npx playwright-core install chromium` got. */
export const CHROMIUM = [process.env.CHROMIUM ?? '/usr/bin/chromium', chromium.executablePath()].find(existsSync);

/** For node:test: why there is nothing to test in, or false. */
export const NO_CHROMIUM = CHROMIUM ? false : 'no Chromium here: name one as CHROMIUM';

export function launchChromium(): Promise<Browser> {
  if (!CHROMIUM) throw new Error(String(NO_CHROMIUM));
  // Its sandbox needs rights that containers lack; it sees this repository's pages alone.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}
