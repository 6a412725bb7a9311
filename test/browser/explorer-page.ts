import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchChromium, NO_CHROMIUM } from '../harness/chromium.ts';
import { type Service, startService } from '../harness/service-process.ts';

/** A page of the service in a browser, and what has gone wrong in it. */
export interface ExplorerPage {
  readonly page: Page;
  readonly origin: string;
  /** Uncaught errors, violations of the page's policy, and requests that left the origin. */
  readonly faults: readonly string[];
}

/**
 * Starts the built service and a browser for the tests of a file.
 *
 * @returns what runs a test on a fresh page
 */
export function startExplorer(...flags: string[]) {
  let started: Promise<{ service: Service; browser: Browser }> | undefined;
  const start = async () => ({
    service: await startService('--log-level', 'silent', ...flags),
    browser: await launchChromium(),
  });
  after(async () => {
    if (NO_CHROMIUM || !started) return;
    const { service, browser } = await started;
    await browser.close();
    await service.stop();
  });

  /** Runs a test on a fresh page, and expects that nothing went wrong in it. */
  return async function withPage(
    body: (explorer: ExplorerPage) => Promise<void>,
    options: BrowserContextOptions = {},
  ): Promise<void> {
    started ??= start();
    const { service, browser } = await started;
    const origin = `http://127.0.0.1:${service.address}`;
    const context = await browser.newContext(options);
    const faults: string[] = [];
    try {
      const page = await context.newPage();
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(`${origin}/`) && !url.startsWith(`blob:${origin}/`)) faults.push(`a request to ${url}`);
      });
      await page.exposeFunction('reportViolation', (what: string) => faults.push(what));
      await page.addInitScript(reportViolations);
      await page.goto(origin);
      await body({ page, origin, faults });
      assert.deepEqual(faults, []);
    } finally {
      await context.close();
    }
  };
}

function reportViolations(): void {
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
    (globalThis as unknown as { reportViolation: (what: string) => void }).reportViolation(
      `${violatedDirective} is violated by ${blockedURI}`,
    );
  });
}
