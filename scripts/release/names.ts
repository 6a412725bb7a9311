import { readFileSync } from 'node:fs';

// The names under which a release is published. All follow from the repository's address in package.json.

const manifest: { readonly version: string; readonly repository: { readonly url: string } } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

export const VERSION = manifest.version;
/** Such as `https://github.com/OWNER/NAME`. */
export const REPOSITORY = manifest.repository.url.replace(/^git\+|\.git$/g, '');

const [owner, name] = new URL(REPOSITORY).pathname.slice(1).split('/');

/** The images, without a tag: `VERSION` computes on the CPU, `VERSION-cuda` on NVIDIA GPUs, too. */
export const IMAGE = `ghcr.io/${owner}/${name}`;
/** Where the chart is pushed to; Helm appends the name of the chart. */
export const CHARTS = `oci://ghcr.io/${owner}/charts`;
