import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assemblyMutants, insideWgsl } from './assembly-mutants.ts';
import type { Mutant } from './mutant.ts';
import { typescriptMutants } from './typescript-mutants.ts';

/**
 * The mutants of some files, one of each file in turn, so that a run that is cut short has seen all files.
 *
 * @param sample at most so many of each file: always the same of them, whatever is above them in the file
 */
export async function findMutants(root: string, files: readonly string[], sample: number): Promise<Mutant[]> {
  const perFile = await Promise.all(
    files.map(async (file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const mutants = await mutantsOf(file, text);
      const key = ({ operator, start, end, replacement }: Mutant): string =>
        createHash('sha256')
          .update(`${file}\0${operator}\0${text.slice(start, end)}\0${replacement}`)
          .digest('hex');
      return mutants
        .map((mutant) => ({ mutant, order: key(mutant) }))
        .sort((a, b) => (a.order < b.order ? -1 : 1))
        .slice(0, sample)
        .map(({ mutant }) => mutant);
    }),
  );
  const longest = Math.max(0, ...perFile.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => perFile.flatMap((mutants) => mutants[i] ?? [])).flat();
}

async function mutantsOf(file: string, text: string): Promise<Mutant[]> {
  if (file.includes('/assembly/')) return assemblyMutants(file, text);
  if (file.includes('/wgsl/')) return assemblyMutants(file, text, insideWgsl(text));
  return typescriptMutants(file, text);
}
