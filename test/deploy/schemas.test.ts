import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import { kserve, kserveSharedMemory, type Manifest, rendered } from './manifests.ts';

// The schemas refuse fields that they do not define. fixtures/make-manifest-schemas.py says where they come from.

const { $defs, kinds } = JSON.parse(
  readFileSync(new URL('../fixtures/manifest-schemas.json', import.meta.url), 'utf8'),
);
const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema({ $id: 'manifests', $defs });

/** What is wrong with a manifest, by the schema of its kind. */
function faults(manifest: Manifest): string[] {
  const definition = kinds[`${manifest.apiVersion} ${manifest.kind}`];
  assert.ok(definition, `no schema of ${manifest.apiVersion} ${manifest.kind}`);
  const validate = ajv.getSchema(`manifests#/$defs/${definition}`)!;
  validate(manifest);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const everything = [...rendered, ['kserve', kserve], ['kserve, shared memory', kserveSharedMemory]] as const;

for (const [name, release] of everything) {
  test(`${name}: every manifest is of its kind's schema`, () => {
    assert.ok(release.length >= 1);
    for (const manifest of release) {
      assert.deepEqual(faults(manifest), [], `${manifest.kind} ${manifest.metadata.name}`);
      assert.match(manifest.metadata.name, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
    }
  });
}

test('all kinds that there are schemas for are in use', () => {
  const used = [...rendered.values(), kserve].flat().map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
  assert.deepEqual([...new Set(used)].sort(), Object.keys(kinds).sort());
});

test('a misspelt field, a wrong type and a missing field are found, in each kind', () => {
  for (const manifest of [...rendered.values(), kserve].flat()) {
    assert.notDeepEqual(faults({ ...manifest, mispelt: {} }), [], manifest.kind);
    assert.notDeepEqual(faults({ ...manifest, metadata: { ...manifest.metadata, name: 1 } }), [], manifest.kind);
    if (!manifest.spec) continue;
    assert.notDeepEqual(faults({ ...manifest, spec: { ...manifest.spec, mispelt: {} } }), [], manifest.kind);
    assert.notDeepEqual(faults({ ...manifest, spec: 'text' }), [], manifest.kind);
  }
  const deployment = structuredClone(rendered.get('default.yaml')!.find(({ kind }) => kind === 'Deployment'));
  deployment.spec.template.spec.containers[0].livenessProbe.httpGet.port = null;
  delete deployment.spec.template.spec.containers[0].name;
  assert.notDeepEqual(faults(deployment), []);
});
