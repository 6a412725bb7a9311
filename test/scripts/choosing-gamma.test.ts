import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { lossCurvesFigure } from '../../scripts/choosing-gamma/figure.ts';
import { FIGURE, PAGE, withFigures } from '../../scripts/choosing-gamma/page.ts';
import { ALPHAS, CHOSEN, pointOf, readBatch } from '../../scripts/choosing-gamma/reading.ts';
import { startTestService } from '../helpers/service.ts';

// On the engine that is everywhere: another may round the last digit that the page shows the other way.
const service = await startTestService('--engine', 'wasm');
const reading = await readBatch(service.url);
const page = readFileSync(PAGE, 'utf8');

test('docs/tutorials/choosing-gamma.md says the responses of the service', () => {
  assert.equal(page, withFigures(page, reading), '`npm run choosing-gamma` writes it');
});

test('its figure is drawn from the responses of the service', () => {
  assert.equal(readFileSync(FIGURE, 'utf8'), lossCurvesFigure(reading), '`npm run choosing-gamma` draws it');
});

test('the alphas that it ends with leave positives nearest to one half of the gradient', () => {
  const fromHalf = (gamma: number, alpha: (typeof ALPHAS)[number]) =>
    Math.abs(pointOf(reading, gamma, alpha).positive_share.gradient_l1! - 0.5);
  for (const [gamma, alpha] of [[0, 0.75] as const, [1, 0.5] as const, [CHOSEN.gamma, CHOSEN.alpha] as const]) {
    for (const other of ALPHAS) assert.ok(fromHalf(gamma, alpha) <= fromHalf(gamma, other), `gamma ${gamma}`);
  }
});

test('no line of a sentence begins with a comment, which would end the paragraph', () => {
  assert.doesNotMatch(page, /^<!--=[\w-]+-->./m);
});

test('a place that nothing fills, and a value without a place, are errors', () => {
  assert.throws(() => withFigures(`${page}<!--=nobody--><!--=-->`, reading), /wants nobody/);
  assert.throws(() => withFigures(page.replace('<!--=anchors-->', ''), reading), /no place for anchors/);
});
