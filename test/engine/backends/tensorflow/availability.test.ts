import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { tensorflowUnavailableReason } from '../../../../src/engine/backends/tensorflow/availability.ts';
import { nvidiaDriver } from '../../../../src/engine/backends/tensorflow/nvidia-driver.ts';

const folder = mkdtempSync(join(tmpdir(), 'focal-loss-'));
after(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

test('a package that is not installed, or has no binding, is distinguished from a usable one', () => {
  const absent = () => {
    throw new Error('Cannot find module');
  };
  assert.match(tensorflowUnavailableReason(absent)!, /is not installed$/);
  const present = () => join(folder, 'package/package.json');
  assert.match(tensorflowUnavailableReason(present)!, /not built; npm run setup:tensorflow builds it$/);
  write('package/lib/napi-v8/tfjs_binding.node', '');
  assert.equal(tensorflowUnavailableReason(present), undefined);
});

test('the NVIDIA driver tells its version and the model of its GPUs, where there is one', () => {
  assert.deepEqual(nvidiaDriver(join(folder, 'none')), {});
  write(
    'driver/version',
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version:  gcc 12\n',
  );
  write('driver/gpus/0000:01:00.0/information', 'Model: \t\t NVIDIA H200\nIRQ:   \t\t 16\n');
  assert.deepEqual(nvidiaDriver(join(folder, 'driver')), { model: 'NVIDIA H200', version: '550.54.15' });
  write('driver/gpus/0000:02:00.0/information', 'Model: \t\t NVIDIA L4\n');
  assert.deepEqual(nvidiaDriver(join(folder, 'driver')), { version: '550.54.15' });
});
