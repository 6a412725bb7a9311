import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { waitForFigures } from '../harness/choose-batch.ts';
import { NO_CHROMIUM } from '../harness/chromium.ts';
import { type ExplorerPage, startExplorer } from './explorer-page.ts';

// The page shows the service's own message about an invalid file, with its JSON pointers.

const withPage = startExplorer();

const BROKEN = [
  { name: 'a label out of range', text: '{"logits":[[1,2],[3,4]],"labels":[0,9]}', pointer: '/labels/1' },
  {
    name: 'an option out of range',
    text: '{"logits":[1,2],"labels":[0,1],"label_smoothing":2}',
    pointer: '/label_smoothing',
  },
  {
    name: 'an unknown field',
    text: '{"logits":[1,2],"labels":[0,1],"activatoin":"softmax"}',
    pointer: '/activatoin',
  },
  { name: 'invalid JSON', text: '{"logits":[1,2', pointer: undefined },
  { name: 'JSON that is no object', text: '[1,2]', pointer: undefined },
];

for (const { name, text, pointer } of BROKEN) {
  test(`${name}: the service's message is shown with its pointer`, { skip: NO_CHROMIUM }, () =>
    withPage(async ({ page, origin }) => {
      await waitForFigures(page);
      await openFile(page, 'broken.json', Buffer.from(text));
      const problem = await problemOf(origin, 'application/json', text);
      await expectShown(page, problem);
      if (pointer !== undefined)
        assert.equal(await page.locator('.problem .errors code').first().textContent(), pointer);
      // The figures of the batch before are hidden.
      assert.ok(await page.locator('.difficulty').isHidden());
      assert.equal(await page.locator('.engine').textContent(), '');

      await openFile(page, 'right.json', Buffer.from('{"logits":[1,2],"labels":[0,1]}'));
      await waitForFigures(page);
      assert.ok(await page.locator('.problem').isHidden());
    }),
  );
}

test(
  'a truncated safetensors file is sent unchanged, and the message of the service is shown',
  { skip: NO_CHROMIUM },
  () =>
    withPage(async ({ page, origin }) => {
      await waitForFigures(page);
      const whole = Buffer.from(
        await (await fetch(`${origin}/explorer/samples/coins-edges.safetensors`)).arrayBuffer(),
      );
      for (const cut of [whole.subarray(0, 40), whole.subarray(0, 100_000), whole.subarray(0, 3)]) {
        await openFile(page, 'cut.safetensors', cut);
        await page.locator('.problem:not([hidden])', { hasText: /The (safetensors file|data)|Tensor/ }).waitFor();
      }
    }),
);

test('the page says that the service is unreachable, and repeats the request on a click', { skip: NO_CHROMIUM }, () =>
  withPage(async ({ page }) => {
    await waitForFigures(page);
    await page.route('**/v1/focal-loss', (route) => route.abort());
    await page.getByLabel('γ', { exact: true }).fill('1');
    await page.getByText('The service is unreachable').waitFor();
    await page.unroute('**/v1/focal-loss');
    await page.getByRole('button', { name: 'Try again' }).click();
    await waitForFigures(page);
    assert.ok(await page.locator('.problem').isHidden());
  }),
);

async function openFile(page: Page, name: string, buffer: Buffer): Promise<void> {
  await page.setInputFiles('input[type=file]', { name, mimeType: '', buffer });
  await page.locator('.batch-name', { hasText: name }).waitFor();
  await page.locator('main:not([aria-busy])').waitFor();
}

interface Problem {
  readonly title: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}

async function problemOf(origin: ExplorerPage['origin'], type: string, body: string): Promise<Problem> {
  const response = await fetch(`${origin}/v1/focal-loss`, { method: 'POST', headers: { 'content-type': type }, body });
  assert.notEqual(response.status, 200);
  return response.json();
}

async function expectShown(page: Page, { title, detail, errors }: Problem): Promise<void> {
  assert.equal(await page.locator('.problem h2').textContent(), title);
  const items = await page.locator('.problem .errors li').allTextContents();
  if (errors)
    assert.deepEqual(
      items,
      errors.map(({ pointer, message }) => `${pointer} ${message}`.trim()),
    );
  else assert.equal(await page.locator('.problem .detail').textContent(), detail);
}
