import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { find, kserveSharedMemory, type Manifest, rendered } from './manifests.ts';

// Where a job shares memory with the service: the same volume at /dev/shm of both, and the same user.

const compose = parse(textOf('docker/compose.yaml'), { merge: true });

const PODS = { chart: podOf(rendered.get('shared-memory.yaml')!), kserve: kservePod() };

function podOf(release: Manifest): Manifest {
  const { spec } = find(release, 'Deployment').spec.template;
  const { data } = find(release, 'ConfigMap');
  return { ...spec, service: spec.containers[0], job: spec.containers[1], setting: data.SHARED_MEMORY };
}

function kservePod(): Manifest {
  const { predictor } = find(kserveSharedMemory, 'InferenceService').spec;
  const setting = predictor.model.env.find(({ name }: Manifest) => name === 'SHARED_MEMORY').value;
  return { ...predictor, service: predictor.model, job: predictor.containers[0], setting };
}

for (const [name, { service, job, volumes, setting }] of Object.entries(PODS)) {
  test(`${name}: service and job mount one volume in memory at /dev/shm, which is on`, () => {
    const [volume] = volumes;
    assert.deepEqual(volume.emptyDir, { medium: 'Memory', sizeLimit: '1Gi' });
    for (const container of [service, job]) {
      assert.deepEqual(container.volumeMounts, [{ name: volume.name, mountPath: '/dev/shm' }]);
    }
    assert.equal(setting, 'on');
    assert.deepEqual(job.securityContext.capabilities, { drop: ['ALL'] });
  });
}

test('of all releases, only that which asks for it has shared memory', () => {
  for (const [name, release] of rendered) {
    const isOn = find(release, 'ConfigMap').data.SHARED_MEMORY === 'on';
    assert.equal(isOn, name === 'shared-memory.yaml', name);
  }
});

test('docker/compose.yaml has a service whose shared memory others may use', () => {
  const { services } = compose;
  const { environment, ipc, profiles } = services['focal-loss-shared-memory'];
  assert.deepEqual([environment, ipc, profiles], [{ SHARED_MEMORY: 'on' }, 'shareable', ['shared-memory']]);
});

test("the how-to's job shares memory, network and user of that service", () => {
  const [, snippet] = /^```yaml\n(.*?)^```$/ms.exec(textOf('docs/how-to/shared-memory.md'))!;
  const { ipc, network_mode: network, profiles, user } = parse(snippet!).services.training;
  assert.equal(ipc, network);
  const service = compose.services[ipc.replace('service:', '')];
  assert.deepEqual(profiles, service.profiles);
  // The last stage of the Dockerfile's CPU image sets it.
  assert.ok(textOf('Dockerfile').includes(`USER ${user}\n`), user);
});

function textOf(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}
