import { readFileSync } from 'node:fs';
import { IMAGE } from './names.ts';

// package.json states the version. These files state it, too, because what reads them reads nothing else. The OpenAPI
// documents are not among them: `npm run openapi` writes them.

const ROOT = new URL('../../', import.meta.url);
/** What npm, PyPI, Helm, Go and image tags all accept, and what cannot be confused with the suffix `-cuda`. */
const NUMBER = String.raw`\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.\d+)?`;
const image = { before: `${IMAGE}:` };
const rendered = [image, { before: 'app.kubernetes.io/version: "' }, { before: 'helm.sh/chart: focal-loss-service-' }];

const PLACES: Readonly<Record<string, readonly { readonly before: string }[]>> = {
  'CITATION.cff': [{ before: '\nversion: ' }],
  Dockerfile: [{ before: '\nARG VERSION=' }],
  'clients/python/pyproject.toml': [{ before: '\nversion = "' }],
  'deploy/helm/focal-loss-service/Chart.yaml': [{ before: '\nversion: ' }, { before: '\nappVersion: ' }],
  'deploy/kserve/serving-runtime.yaml': [image],
  'deploy/rendered/default.yaml': rendered,
  'deploy/rendered/gpu-hpa.yaml': rendered,
  'deploy/rendered/keys-keda.yaml': rendered,
  'deploy/rendered/shared-memory.yaml': rendered,
  'docker/compose.yaml': [image],
  'docs/how-to/images.md': [image],
};

export const VERSION_PLACES = Object.keys(PLACES);

export function isReleaseVersion(version: string): boolean {
  return new RegExp(`^${NUMBER}$`).test(version);
}

/** The versions that a file states, in its order; at least one for each of its places. */
export function statedVersions(file: string, text = readFileSync(new URL(file, ROOT), 'utf8')): string[] {
  return PLACES[file]!.flatMap(({ before }) => {
    const found = [...text.matchAll(pattern(before))].map(([version]) => version);
    if (found.length === 0) throw new Error(`${file}: expected a version after ${JSON.stringify(before)}, got none`);
    return found;
  });
}

/** The text of a file with another version in all its places. */
export function withVersion(file: string, version: string, text = readFileSync(new URL(file, ROOT), 'utf8')): string {
  statedVersions(file, text);
  return PLACES[file]!.reduce((result, { before }) => result.replaceAll(pattern(before), version), text);
}

function pattern(before: string): RegExp {
  return new RegExp(`(?<=${before.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')})${NUMBER}`, 'g');
}
