import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemblyMutants, insideWgsl } from './assembly-mutants.ts';
import type { Mutant } from './mutant.ts';
import { typescriptMutants } from './typescript-mutants.ts';

/**
 * The mutants of some files in an order without a pattern: first one of each file, then another one. So a run that is cut
 * short has a sample of all files.
 *
 * @param sample at most so many of each file: always the same of them, whatever is above them in the file
 */
export async function findMutants(root: string, files: readonly string[], sample: number): Promise<Mutant[]> {
  const perFile = await Promise.all(
    files.map(async (file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const key = ({ operator, start, end, replacement }: Mutant): string =>
        createHash('sha256')
          .update(`${file}\0${operator}\0${text.slice(start, end)}\0${replacement}`)
          .digest('hex');
      return (await mutantsOf(file, text))
        .map((mutant) => ({ mutant, order: key(mutant) }))
        .sort(byOrder)
        .slice(0, sample)
        .map((one, round) => ({ ...one, round }));
    }),
  );
  return perFile
    .flat()
    .sort((a, b) => a.round - b.round || byOrder(a, b))
    .map(({ mutant }) => mutant);
}

function byOrder(a: { readonly order: string }, b: { readonly order: string }): number {
  return a.order < b.order ? -1 : 1;
}

async function mutantsOf(file: string, text: string): Promise<Mutant[]> {
  if (file.includes('/assembly/')) return assemblyMutants(file, text);
  if (file.includes('/wgsl/')) return assemblyMutants(file, text, insideWgsl(text));
  return typescriptMutants(file, text);
}
