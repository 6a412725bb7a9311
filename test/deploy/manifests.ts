import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

// What deploy/ gives to Kubernetes: the chart as Helm renders it with each of its ci values, and KServe's manifests.

// biome-ignore lint/suspicious/noExplicitAny: a manifest is whatever the YAML says; tests look into it.
export type Manifest = any;

/** The manifests of one release, by the file that they stand in. */
export type Release = readonly Manifest[];

export const deploy = new URL('../../deploy/', import.meta.url);
export const chart = new URL('helm/focal-loss-service/', deploy);

export function readRelease(file: URL): Release {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document) => {
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS();
  });
}

export const rendered: ReadonlyMap<string, Release> = new Map(
  readdirSync(new URL('rendered/', deploy)).map((name) => [name, readRelease(new URL(`rendered/${name}`, deploy))]),
);

export const kserve: Release = ['serving-runtime', 'inference-service'].flatMap((name) =>
  readRelease(new URL(`kserve/${name}.yaml`, deploy)),
);

/** The service and a job in one pod, with the same runtime. */
export const kserveSharedMemory: Release = readRelease(new URL('kserve/shared-memory.yaml', deploy));

/** The one manifest of a kind, or undefined. */
export function find(release: Release, kind: string): Manifest {
  const [manifest, another] = release.filter((candidate) => candidate.kind === kind);
  if (another) throw new Error(`two of ${kind}`);
  return manifest;
}
