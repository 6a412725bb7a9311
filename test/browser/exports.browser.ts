import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { chooseBatch, waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { comparePixels } from './compare-pixels.ts';
import { evaluate, type ResponseBody } from './evaluate-batch.ts';
import { expectAccessible } from './expect-accessible.ts';
import { startExplorer } from './explorer-page.ts';
import { inFolder, save, withFile } from './saved-file.ts';

// Saves what the page offers, and opens the files without the service.

const withPage = startExplorer();
const PICTURES = {
  curves: 'The weight of an example',
  difficulty: 'Easy and hard examples',
  cumulative: 'Few examples, most of the loss',
  sweep: 'Sweep over γ and α',
  classes: 'Which classes gain',
  calibration: 'Are the scores probabilities?',
};

test('each figure is saved as SVG and PNG, which look the same without the page', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await page.goto(`${origin}/?pin=${encodeURIComponent('gamma=0&alpha=off')}`);
    await waitForFigures(page);
    await inFolder(async (folder) => {
      for (const [name, title] of Object.entries(PICTURES)) {
        const svg = await save(page, name, 'Picture (SVG)', folder);
        assert.equal(svg.name, `Coins-detection_gamma-2-alpha-0.25_${name}.svg`);
        const text = svg.content.toString();
        assert.doesNotMatch(text, / class=| style=|<style|<script|href|var\(|NaN|undefined/);
        assert.ok(text.includes(`<title>${title}</title>`));
        const png = await save(page, name, 'Picture (PNG)', folder);
        assert.equal(png.content.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');

        await withFile(page, svg.path, async (alone, size) => {
          const [width, height] = [png.content.readUInt32BE(16), png.content.readUInt32BE(20)];
          assert.deepEqual([width, height], [2 * size.width, 2 * size.height]);
          const difference = await comparePixels(alone, png.content);
          assert.ok(difference < 0.01, `${name}: ${difference} of the pixels differ`);
          // What is text in the page is text in the picture.
          const labels = await alone.evaluate(() => document.documentElement.textContent ?? '');
          assert.ok(labels.includes('Coins, detection: γ 2, α 0.25.'));
        });
      }
    });
  }),
);

test('the tables are saved with every digit of the response', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await chooseBatch(page, 'Digits, long-tailed');
    await page.getByLabel('γ', { exact: true }).fill('3.5');
    await waitForFigures(page);
    const { per_class: classes } = await evaluate(origin, 'digits-longtail.json', { gamma: 3.5 });
    await inFolder(async (folder) => {
      const { name, content } = await save(page, 'table', 'Numbers (CSV)', folder);
      assert.equal(name, 'Digits-long-tailed_gamma-3.5-alpha-off_table.csv');
      const [titles, ...rows] = parseCsv(content.toString());
      assert.equal(rows.length, classes.length);
      classes.forEach((row: ResponseBody, i: number) => {
        const cells = Object.fromEntries(titles!.map((title, column) => [title, rows[i]![column]]));
        assert.equal(cells.name, row.name ?? '');
        assert.equal(Number(cells['loss.total']), row.loss.total);
        assert.equal(Number(cells['gradient_l1.share']), row.gradient_l1.share);
        assert.equal(Number(cells.true_positives), row.true_positives);
      });
      const bins = parseCsv((await save(page, 'difficulty', 'Numbers (CSV)', folder)).content.toString());
      assert.equal(bins.length, 41);
      const sweep = parseCsv((await save(page, 'sweep', 'Numbers (CSV)', folder)).content.toString());
      assert.equal(sweep.length, 1 + 9 * 3);
    });
  }),
);

test('the report needs neither the service nor a script, and is accessible', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    const formula = '=HYPERLINK("http://x")';
    const batch = {
      logits: [
        [1, -2],
        [-1, 3],
      ],
      labels: [0, 1],
      class_names: ['<img src=x>', formula],
    };
    await page.setInputFiles('input[type=file]', {
      name: 'mine & yours.json',
      mimeType: '',
      buffer: Buffer.from(JSON.stringify(batch)),
    });
    await page.locator('.batch-name', { hasText: 'mine & yours.json' }).waitFor();
    await waitForFigures(page);
    await inFolder(async (folder) => {
      const csv = await save(page, 'table', 'Numbers (CSV)', folder);
      assert.ok(csv.content.toString().includes(`"'=HYPERLINK(""http://x"")"`));

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save as report' }).click(),
      ]);
      assert.equal(download.suggestedFilename(), 'mine-yours.json_gamma-2-alpha-0.25_report.html');
      const path = join(folder, 'report.html');
      await download.saveAs(path);
      await withFile(page, path, async (report) => {
        assert.equal(await report.locator('h1').textContent(), 'Focal loss of mine & yours.json');
        const pictures = await report.locator('section:has(svg) h2').allTextContents();
        assert.deepEqual(pictures, Object.values(PICTURES));
        assert.equal(await report.locator('script, img, link[rel=stylesheet]').count(), 0);
        const text = (await report.locator('main').textContent())!;
        for (const part of ['γ 2, α 0.25', 'wasm on ', 'curl http', '<img src=x>', 'ignore_index']) {
          assert.ok(text.includes(part), part);
        }
        assert.match(text, /focal-loss-service\d+\.\d+\.\d+/);
        assert.match(text, /Date\d{4}-\d\d-\d\dT/);
        await expectAccessible(report);
        await report.setViewportSize({ width: 390, height: 800 });
        await expectAccessible(report);
      });
    });
  }),
);

test('the menu works by keyboard, and says when something was saved', { skip: NO_CHROMIUM }, () =>
  withPage(
    async ({ page }) => {
      await waitForFigures(page);
      const menu = page.locator('.figure.curves details.export-menu');
      await menu.locator('summary').focus();
      await page.keyboard.press('Enter');
      await menu.getByRole('button', { name: 'Picture (SVG)' }).waitFor();
      await page.keyboard.press('Escape');
      await menu.getByRole('button', { name: 'Picture (SVG)' }).waitFor({ state: 'hidden' });
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
      assert.match(download.suggestedFilename(), /\.svg$/);
      await page.getByText('Saved.').waitFor();
      assert.ok(await menu.locator('summary').evaluate((element) => element.matches(':focus')));
      await page.keyboard.press('Enter');
      await expectAccessible(page);
    },
    { colorScheme: 'dark', viewport: { width: 390, height: 800 } },
  ),
);

test('the charts of the live page are saved, too', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await page.goto(`${origin}/live`);
    await page.locator('[data-chart=requests] svg').waitFor();
    await inFolder(async (folder) => {
      const svg = await save(page, 'traffic', 'Picture (SVG)', folder);
      assert.match(svg.name, /^live_\d{4}-\d\d-\d\dT\d{6}_traffic\.svg$/);
      await withFile(page, svg.path, async (alone) => {
        assert.ok((await alone.evaluate(() => document.documentElement.textContent))?.includes('Requests per second'));
      });
      const rows = parseCsv((await save(page, 'stages', 'Numbers (CSV)', folder)).content.toString());
      assert.ok(rows[0]!.includes('Compute, 99th percentile'));
    });
  }),
);

function parseCsv(text: string): string[][] {
  assert.ok(text.endsWith('\r\n'));
  return text
    .slice(0, -2)
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
      ),
    );
}
