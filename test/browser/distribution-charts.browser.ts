import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { percent } from '../../src/explorer/format.ts';
import { SAMPLE_BATCHES } from '../../src/explorer/samples/sample-batches.ts';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { evaluate, type ResponseBody } from './evaluate-batch.ts';
import { type ExplorerPage, startExplorer } from './explorer-page.ts';

// The histograms and the cumulative curves show the service's response to the same batch. Heights are compared relative to
// each other, so that the size of a chart does not matter.

const withPage = startExplorer();
const QUANTITIES = ['cross_entropy', 'loss', 'gradient_l1'] as const;
const SIDES = ['positives', 'negatives'] as const;
type Side = (typeof SIDES)[number];
/** Relative to the whole chart, whose coordinates are rounded to a tenth of a pixel. */
const TOLERANCE = 1e-3;

for (const { title, file, options } of SAMPLE_BATCHES) {
  const softmax = file === 'digits-longtail.json';
  // Under softmax, the loss of a sample belongs to its true class, so only positives have any.
  const sides = softmax ? SIDES.slice(0, 1) : SIDES;
  const wanted = { ...options, gamma: 2, outputs: ['loss', 'per_class', 'difficulty'] };

  test(`${title}: the bins match the response`, { skip: NO_CHROMIUM }, () =>
    withPage(async ({ page, origin }) => {
      await chooseBatch(page, title);
      const response = await evaluate(origin, file, wanted);
      await expectBins(page, sides, response, (side, panel) => partOf(response, sides, side, panel));
      await expectEasy(page, sides, response);
      if (softmax) return;
      await page.getByLabel('normalize each side').check();
      await expectBins(page, sides, response, () => 1);
    }),
  );

  test(`${title}: the curves are the cumulative sums of the bins, from the easiest`, { skip: NO_CHROMIUM }, () =>
    withPage(async ({ page, origin }) => {
      await chooseBatch(page, title);
      await expectCurves(page, sides, await evaluate(origin, file, wanted));
      await page.getByLabel('γ', { exact: true }).fill('0.5');
      await waitForFigures(page);
      await expectCurves(page, sides, await evaluate(origin, file, { ...wanted, gamma: 0.5 }));
    }),
  );
}

test('a single class without positives has one side', { skip: NO_CHROMIUM }, () =>
  withPage(async (explorer) => {
    await openFile(explorer, { logits: [-1, 0.5, -3], labels: [0, 0, 0] });
    const { page } = explorer;
    assert.equal(await page.locator('.difficulty rect.positives').count(), 0);
    assert.equal(await page.locator('.difficulty rect.counts.negatives').count(), 3);
    assert.ok(await page.locator('[data-side=positives]').isHidden());
  }),
);

test('a batch whose elements are all ignored has neither bins nor curves', { skip: NO_CHROMIUM }, () =>
  withPage(async (explorer) => {
    await openFile(explorer, { logits: [-1, 0.5], labels: [-100, -100] });
    const { page } = explorer;
    assert.ok(await page.locator('.difficulty').isHidden());
    assert.ok(await page.locator('.cumulative').isHidden());
    assert.equal(await page.locator('[data-value=loss]').textContent(), '0.000');
  }),
);

/** @param part the factor that scales the bins of a side */
async function expectBins(
  page: Page,
  sides: readonly Side[],
  response: ResponseBody,
  part: (side: Side, panel: string) => number,
) {
  for (const panel of ['counts', ...QUANTITIES]) {
    const drawn = await page.locator(`.difficulty [data-panel=${panel}] rect`).evaluateAll((bars) =>
      bars.map((bar) => ({
        side: bar.classList.contains('positives') ? 'positives' : 'negatives',
        height: Number(bar.getAttribute('height')),
      })),
    );
    const expected = sides.flatMap((side) =>
      shares(response.difficulty[side][panel])
        .filter((share) => share > 0)
        .map((share) => ({ side, height: share * part(side, panel) })),
    );
    const whole = sum(expected.map(({ height }) => height));
    const scale = whole / sum(drawn.map(({ height }) => height));
    assert.equal(drawn.length, expected.length);
    drawn.forEach(({ side, height }, i) => {
      assert.equal(side, expected[i]!.side);
      close(height * scale, expected[i]!.height, whole, `${panel} of ${side}`);
    });
  }
}

async function expectEasy(page: Page, sides: readonly Side[], response: ResponseBody): Promise<void> {
  const side = sides.at(-1)!;
  const text = await page.locator('.difficulty .summary').textContent();
  const easy = ['counts', ...QUANTITIES].map((panel) =>
    percent(sum(shares(response.difficulty[side][panel]).slice(18)) * partOf(response, sides, side, panel)),
  );
  assert.deepEqual(text?.match(/(?:<\s)?[\d.]+\s%/g), easy);
}

async function expectCurves(page: Page, sides: readonly Side[], { difficulty }: ResponseBody): Promise<void> {
  for (const side of SIDES) {
    const host = page.locator(`.cumulative [data-side=${side}]`);
    assert.equal(await host.isVisible(), sides.includes(side));
    if (!sides.includes(side)) continue;
    const [even, ...curves] = await host.locator('path').evaluateAll((paths) =>
      paths.map((path) =>
        path
          .getAttribute('d')!
          .match(/[\d.]+/g)!
          .map(Number),
      ),
    );
    // The diagonal runs from corner to corner of the plot.
    const [left, bottom, right, top] = even as [number, number, number, number];
    assert.equal(curves.length, QUANTITIES.length);
    curves.forEach((curve, i) => {
      const held = cumulative(difficulty[side][QUANTITIES[i]!]);
      cumulative(shares(difficulty[side].counts)).forEach((examples, bin) => {
        close((curve[2 * bin]! - left) / (right - left), examples, 1, side);
        close((curve[2 * bin + 1]! - bottom) / (top - bottom), held[bin]!, 1, QUANTITIES[i]!);
      });
    });
  }
}

async function openFile({ page }: ExplorerPage, batch: object): Promise<void> {
  const buffer = Buffer.from(JSON.stringify(batch));
  await waitForFigures(page);
  await page.setInputFiles('input[type=file]', { name: 'mine.json', mimeType: '', buffer });
  await page.locator('.batch-name', { hasText: 'mine.json' }).waitFor();
  await page.locator('main:not([aria-busy])').waitFor();
}

/** A side's share of the sum over the sides that are shown. */
function partOf(
  { difficulty, per_class: classes }: ResponseBody,
  sides: readonly Side[],
  side: Side,
  panel: string,
): number {
  const of = (one: Side) =>
    panel === 'counts'
      ? sum(difficulty[one].counts)
      : sum(classes.map((row: ResponseBody) => row[panel][one === 'positives' ? 'positive' : 'negative']));
  return of(side) / sum(sides.map(of));
}

function shares(values: number[]): number[] {
  return values.map((value) => value / sum(values));
}

/** The cumulative sums, from the last bin, which is the easiest. */
function cumulative(values: number[]): number[] {
  let total = 0;
  return [0, ...values.toReversed().map((value) => (total += value))];
}

function close(actual: number, expected: number, whole: number, of: string): void {
  assert.ok(Math.abs(actual - expected) < TOLERANCE * whole, `${of}: expected ${expected}, got ${actual}`);
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
