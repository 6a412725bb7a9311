import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { settled } from './choose-batch.ts';
import { NO_CHROMIUM } from './chromium.ts';
import { type ExplorerPage, startExplorer } from './explorer-page.ts';

// What is wrong with a file is told in the service's words, with its pointers.

const withPage = startExplorer();

const BROKEN = [
  { name: 'a label out of range', text: '{"logits":[[1,2],[3,4]],"labels":[0,9]}', pointer: '/labels/1' },
  {
    name: 'an option out of range',
    text: '{"logits":[1,2],"labels":[0,1],"label_smoothing":2}',
    pointer: '/label_smoothing',
  },
  {
    name: 'a field nobody knows',
    text: '{"logits":[1,2],"labels":[0,1],"activatoin":"softmax"}',
    pointer: '/activatoin',
  },
  { name: 'what is no JSON', text: '{"logits":[1,2', pointer: undefined },
  { name: 'what is no object', text: '[1,2]', pointer: undefined },
];

for (const { name, text, pointer } of BROKEN) {
  test(`${name}: the service's message is shown with its pointer`, { skip: NO_CHROMIUM }, () =>
    withPage(async ({ page, origin }) => {
      await settled(page);
      await choose(page, 'broken.json', Buffer.from(text));
      const problem = await refusalOf(origin, 'application/json', text);
      await expectShown(page, problem);
      if (pointer !== undefined) assert.equal(await page.locator('.problem code').first().textContent(), pointer);
      // What was on the page before was of another batch.
      assert.ok(await page.locator('.difficulty').isHidden());

      await choose(page, 'right.json', Buffer.from('{"logits":[1,2],"labels":[0,1]}'));
      await settled(page);
      assert.ok(await page.locator('.problem').isHidden());
    }),
  );
}

test('a cut safetensors file is sent as it is, and refused in words', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page, origin }) => {
    await settled(page);
    const whole = Buffer.from(await (await fetch(`${origin}/explorer/samples/coins-edges.safetensors`)).arrayBuffer());
    for (const cut of [whole.subarray(0, 40), whole.subarray(0, 100_000), whole.subarray(0, 3)]) {
      await choose(page, 'cut.safetensors', cut);
      await page.locator('.problem:not([hidden])', { hasText: /The (safetensors file|data)|Tensor/ }).waitFor();
    }
  }),
);

test('a service that is not there is said to be, and asked again on a click', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await settled(page);
    await page.route('**/v1/focal-loss', (route) => route.abort());
    await page.getByLabel('γ', { exact: true }).fill('1');
    await page.getByText('The service could not be reached').waitFor();
    await page.unroute('**/v1/focal-loss');
    await page.getByRole('button', { name: 'Try again' }).click();
    await settled(page);
    assert.ok(await page.locator('.problem').isHidden());
  }),
);

async function choose(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.setInputFiles('input[type=file]', { name, mimeType: '', buffer });
  await page.locator('.batch-name', { hasText: name }).waitFor();
  await page.locator('main:not([aria-busy])').waitFor();
}

interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

async function refusalOf(origin: ExplorerPage['origin'], type: string, body: string): Promise<Problem> {
  const answer = await fetch(`${origin}/v1/focal-loss`, { method: 'POST', headers: { 'content-type': type }, body });
  assert.notEqual(answer.status, 200);
  return answer.json();
}

async function expectShown(page: Page, { title, detail, errors }: Problem): Promise<void> {
  assert.equal(await page.locator('.problem h2').textContent(), title);
  const items = await page.locator('.problem li').allTextContents();
  if (errors)
    assert.deepEqual(
      items,
      errors.map(({ pointer, message }) => `${pointer} ${message}`.trim()),
    );
  else assert.equal(await page.locator('.problem .detail').textContent(), detail);
}
