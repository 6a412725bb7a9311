import { readFileSync } from 'node:fs';

interface Manifest {
  readonly version: string;
  readonly peerDependencies: { readonly webgpu: string };
}

const manifest: Manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

export const SERVICE_VERSION = manifest.version;

/** Of the package `webgpu`, which is installed on request only: the oldest version of the range that is supported. */
export const WEBGPU_VERSION = manifest.peerDependencies.webgpu.replace('^', '');
