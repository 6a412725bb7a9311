import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';

const service = await startTestService();

test('labels that count from 1 get the warning that the page shows', async () => {
  const page = readFileSync(new URL('../../docs/reference/warnings.md', import.meta.url), 'utf8');
  const shown = JSON.parse(/^```json\n(.*?)^```/ms.exec(page)?.[1] ?? '');
  const labels = Array.from({ length: 900 }, (_, i) => 1 + (i % 9));
  const logits = labels.map((label) => Array.from({ length: 10 }, (_, c) => (c === label ? 2 : -3)));
  const { warnings } = (await service.focalLoss({ logits, labels })) as { warnings?: unknown };
  assert.deepEqual({ warnings }, shown);
});
