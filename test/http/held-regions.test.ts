import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Gate } from '../harness/gate.ts';
import { scrape } from '../harness/scrape.ts';
import { SharedObject, skip } from '../helpers/core/shared-object.ts';
import { startGatedService } from '../helpers/http/gated-service.ts';
import { inRegion, regionCalls } from '../helpers/http/region-service.ts';

// A file stays open as long as any thread may still use it, and no longer: its descriptor could be another's by then.

const SAMPLES = 300;
const CLASSES = 60;
const SIZE = 4 * SAMPLES * CLASSES;
const TOTAL = SIZE + SAMPLES;

/** A request whose thread does what the command says, at a gate (test/helpers/engine/gated-worker.ts). */
function requestThat(command: string, gate: Gate): string {
  const names = [`${command} ${gate.path}`, ...Array.from({ length: CLASSES - 1 }, (_, i) => `c${i}`)];
  return JSON.stringify({
    inputs: [
      { name: 'logits', datatype: 'FP32', shape: [SAMPLES, CLASSES], parameters: inRegion('r', SIZE) },
      { name: 'labels', datatype: 'UINT8', shape: [SAMPLES], parameters: inRegion('r', SAMPLES, SIZE) },
    ],
    outputs: [{ name: 'sum' }],
    parameters: { class_names: JSON.stringify(names) },
  });
}

const openRegions = async (url: string) => (await scrape(url)).samples.get('focal_loss_regions_open');

test('a batch goes on reading a region that is unregistered meanwhile', { skip }, async () => {
  const gated = await startGatedService({}, '--shared-memory', 'on');
  const calls = regionCalls(gated.url);
  const object = new SharedObject(TOTAL);
  await calls.register('r', { key: object.key, byte_size: TOTAL });
  await calls.register('unused', { key: object.key, byte_size: TOTAL });
  const gate = new Gate();
  const body = requestThat('hold', gate);
  const response = fetch(`${gated.url}/v2/models/focal-loss/infer`, { method: 'POST', body });
  await gate.noted('begun');
  await calls.unregister();
  assert.equal(await openRegions(gated.url), 1);
  assert.equal((await calls.status('r')).status, 404);
  gate.open();
  assert.equal((await response).status, 200);
  await gated.allReleased();
  assert.equal(await openRegions(gated.url), 0);
});

test('regions are closed after a batch that timed out, once no thread works for it any more', { skip }, async () => {
  const gated = await startGatedService({}, '--shared-memory', 'on', '--request-timeout-ms', '200');
  const calls = regionCalls(gated.url);
  const object = new SharedObject(TOTAL);
  const gate = new Gate();
  const body = requestThat('late', gate);
  await calls.register('r', { key: object.key, byte_size: TOTAL });
  const response = await fetch(`${gated.url}/v2/models/focal-loss/infer`, { method: 'POST', body });
  assert.equal(response.status, 504);
  await calls.unregister();
  assert.equal(await openRegions(gated.url), 1);
  gate.open();
  await gated.allReleased();
  assert.equal(await openRegions(gated.url), 0);
});
