import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { waitForFigures } from '../test/harness/choose-batch.ts';
import { launchChromium, NO_CHROMIUM } from '../test/harness/chromium.ts';
import { startService } from '../test/harness/service-process.ts';
import { LARGE, makeNumbers } from './batches.ts';
import { safetensorsBody } from './binary-bodies.ts';
import type { Benchmark, Section, Target } from './harness/report.ts';
import { unlessToy } from './harness/toy.ts';

const MANY_CLASSES = { samples: unlessToy(2000, 20), classes: unlessToy(5000, 300) };
const STEPS = unlessToy(60, 10);
const SETTLE_MS = unlessToy(1000, 50);
/** A page feels smooth if it answers within a tenth of a second (Nielsen 1993, Usability Engineering, chapter 5). */
const SMOOTH_MS = 100;

/** Runs in the page: keeps the times of all its frames, and takes one step of an action in each. */
const RECORDER = `
  globalThis.frameTimes = [];
  requestAnimationFrame(function keep(time) {
    frameTimes.push(time);
    requestAnimationFrame(keep);
  });
  globalThis.inFrames = async (steps, act) => {
    for (let step = 0; step <= steps; step++) {
      act(step / steps);
      await new Promise(requestAnimationFrame);
    }
  };`;

interface Frames {
  readonly name: string;
  /** Milliseconds between frames, ascending. */
  readonly intervals: readonly number[];
  readonly seconds: number;
}

/** What a person does on the page, by the frames that it shows meanwhile. */
export const explorer: Benchmark = {
  name: 'explorer',
  title: `Explorer: frames while a person works, ${MANY_CLASSES.classes} classes and ${LARGE.samples} × ${LARGE.classes}`,
  unavailable: () => NO_CHROMIUM || undefined,
  run: measure,
};

async function measure(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'focal-loss-bench-'));
  const service = await startService('--log-level', 'silent');
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript(RECORDER);
    await page.goto(`http://127.0.0.1:${service.address}`);
    await waitForFigures(page);
    const rows: Frames[] = [];
    for (const { samples, classes } of [MANY_CLASSES, LARGE]) {
      const path = join(folder, `${samples}x${classes}.safetensors`);
      writeFileSync(path, safetensorsBody(makeNumbers(samples, classes)));
      const size = `${samples} × ${classes}`;
      rows.push(
        await record(page, `${size}: file chosen, until all figures are there`, async () => {
          await page.setInputFiles('input[type=file]', path);
          await page.locator('.batch-name', { hasText: `${samples}x${classes}` }).waitFor();
          await waitForFigures(page);
        }),
        await record(page, `${size}: γ dragged from 0 to 5, until the figures follow`, () => dragGamma(page)),
        await record(page, `${size}: pointer along the bins`, () => pointAlong(page, '[data-panel=loss] > svg')),
        await record(page, `${size}: pointer along the bars of the classes`, () => pointAlong(page, '.class-rows')),
        await record(page, `${size}: classes filtered, a key at a time`, () => typeFilter(page)),
        await record(page, `${size}: table scrolled to its end`, () => scrollTable(page)),
      );
    }
    return {
      targets: rows.map(targetOf),
      tables: [
        {
          columns: ['what', 'seconds', 'frames', 'median ms', '95th percentile', 'longest'],
          rows: rows.map(({ name, seconds, intervals }) => [
            name,
            seconds.toFixed(1),
            String(intervals.length),
            ...[0.5, 0.95, 1].map((share) => quantile(intervals, share).toFixed(0)),
          ]),
        },
      ],
      notes: [
        'Milliseconds between the frames of the page, in Chromium without a window and without a GPU, which paints on the same ' +
          'cores as the service computes. The batch is a safetensors file from disk. Each frame has one step of the slider, the ' +
          'pointer or the scroll.',
      ],
      versions: { Chromium: browser.version() },
    };
  } finally {
    await browser.close();
    await service.stop();
    rmSync(folder, { recursive: true });
  }
}

function targetOf({ name, intervals }: Frames): Target {
  const measured = quantile(intervals, 0.95);
  return {
    what: `${name}: 95 % of the frames`,
    target: `≤ ${SMOOTH_MS} ms`,
    measured: `${measured.toFixed(0)} ms`,
    met: measured <= SMOOTH_MS,
  };
}

function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(Math.floor(share * ascending.length), ascending.length - 1)] ?? 0;
}

async function record(page: Page, name: string, act: () => Promise<void>): Promise<Frames> {
  await page.waitForTimeout(SETTLE_MS);
  const times = () => page.evaluate<number[]>('frameTimes.splice(0)');
  await times();
  const start = performance.now();
  await act();
  const seconds = (performance.now() - start) / 1000;
  const frames = await times();
  if (frames.length < 2) throw new Error(`expected frames while ${name}, got ${frames.length}`);
  const intervals = frames.slice(1).map((time, i) => time - frames[i]!);
  return { name, seconds, intervals: intervals.sort((a, b) => a - b) };
}

async function dragGamma(page: Page): Promise<void> {
  await page.evaluate(`inFrames(${STEPS}, (share) => {
    const slider = document.querySelector('.gamma input[type=range]');
    slider.value = String(5 * share);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
  })`);
  await waitForFigures(page);
}

async function pointAlong(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await page.locator(selector).first().boundingBox())!;
  for (let step = 0; step <= STEPS; step++) {
    await page.mouse.move(x + (width * step) / STEPS, y + (height * step) / STEPS);
  }
}

async function typeFilter(page: Page): Promise<void> {
  const field = page.locator('.table input[type=search]');
  await field.pressSequentially('Class 42');
  await field.fill('');
}

async function scrollTable(page: Page): Promise<void> {
  await page.evaluate(`inFrames(${STEPS}, (share) => {
    const area = document.querySelector('.scroll-area');
    area.scrollTop = area.scrollHeight * share;
  })`);
}
