import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assemblyMutants, insideWgsl } from '../../../scripts/mutation/assembly-mutants.ts';
import { applyMutant } from '../../../scripts/mutation/mutant.ts';

const ASSEMBLY = `import { b } from './b';

/** A < B. */
@inline
export function a(at: usize, n: u32): u32 {
  let sum: u32 = 0;
  // sum > 1
  for (let i: u32 = 0; i < n; i++) sum += load<u8>(at + i);
  store<u32>(at, sum);
  return sum == 0 && n > 2 ? i32x4.add(sum, 16) : sum;
}
`;

/** The lines that mutants change, each as it is afterwards. */
function changedLines(text: string, operator: string, inside?: (offset: number) => boolean): string[] {
  return assemblyMutants('a.ts', text, inside)
    .filter((mutant) => mutant.operator === operator)
    .map((mutant) => applyMutant(text, mutant).split('\n')[mutant.line - 1]!.trim());
}

test('relations, arithmetic, logic and calls are exchanged; comments, types and imports are not', () => {
  assert.deepEqual(changedLines(ASSEMBLY, 'relation'), [
    'for (let i: u32 = 0; i <= n; i++) sum += load<u8>(at + i);',
    'return sum != 0 && n > 2 ? i32x4.add(sum, 16) : sum;',
    'return sum == 0 && n >= 2 ? i32x4.add(sum, 16) : sum;',
  ]);
  assert.deepEqual(changedLines(ASSEMBLY, 'arithmetic'), ['for (let i: u32 = 0; i < n; i++) sum += load<u8>(at - i);']);
  assert.deepEqual(changedLines(ASSEMBLY, 'logic'), ['return sum == 0 || n > 2 ? i32x4.add(sum, 16) : sum;']);
  assert.deepEqual(changedLines(ASSEMBLY, 'call'), ['return sum == 0 && n > 2 ? i32x4.sub(sum, 16) : sum;']);
});

test('constants grow by 1, and statements are left out', () => {
  assert.deepEqual(changedLines(ASSEMBLY, 'constant').slice(-3), [
    'return sum == 1 && n > 2 ? i32x4.add(sum, 16) : sum;',
    'return sum == 0 && n > 3 ? i32x4.add(sum, 16) : sum;',
    'return sum == 0 && n > 2 ? i32x4.add(sum, 17) : sum;',
  ]);
  assert.deepEqual(changedLines(ASSEMBLY, 'statement'), [';']);
});

test('of a file with a shader only the shader is changed', () => {
  const text = 'const N = 4;\nexport const CODE = /* wgsl */ `\nlet x = a + 1;\n`;\nconst M = N + 2;\n';
  assert.deepEqual(changedLines(text, 'arithmetic', insideWgsl(text)), ['let x = a - 1;']);
  assert.deepEqual(changedLines(text, 'constant', insideWgsl(text)), ['let x = a + 2;']);
});
