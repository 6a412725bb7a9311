import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readNpyDtype } from '../../../src/codecs/npz/npy-dtype.ts';
import { checkNpySize, readNpyHeader } from '../../../src/codecs/npz/npy-header.ts';
import { ServiceError } from '../../../src/core/service-error.ts';
import { npyBytes } from '../../helpers/npz-file.ts';

const header = (text: string, version = 1) => readNpyHeader(npyBytes(text, new Uint8Array(), version), 'The file');

test('headers of each version, in any order and spacing, are read', () => {
  for (const version of [1, 2, 3]) {
    const { descr, isFortran, shape, dataStart } = header(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
      version,
    );
    assert.deepEqual([descr, isFortran, shape], ['<f4', false, [2, 3]]);
    assert.equal(dataStart % 64, 0);
  }
  assert.deepEqual(header('{"shape":(3L,),"fortran_order":True,"descr":"|u1"}').shape, [3]);
  assert.deepEqual(header("{'descr': '<f8', 'fortran_order': False, 'shape': (), }").shape, []);
  assert.equal(header("{'descr': '<f8', 'fortran_order': True, 'shape': (1, 2), }").isFortran, true);
});

test('what is no header of a plain array is rejected', () => {
  for (const text of [
    '',
    '{}',
    "{'descr': '<f4', 'fortran_order': False}",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
    "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': [2], }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } + __import__('os')",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'other': 1}",
  ]) {
    assert.throws(() => header(text), /expected the \.npy header/, text);
  }
  assert.throws(() => header("{'descr': '<f4'}", 4), /version 1, 2 or 3 .* got 4/);
  assert.throws(
    () => header(`{'descr': '<f4', 'fortran_order': False, 'shape': (${'1, '.repeat(65)}), }`),
    /at most 64 axes/,
  );
  assert.throws(() => readNpyHeader(Buffer.from('\x93NUMP'), 'The file'), /as numpy\.save writes it/);
  assert.throws(() => readNpyHeader(Buffer.alloc(200), 'The file'), /as numpy\.save writes it/);
  const long = npyBytes(' '.repeat(9), new Uint8Array(), 2);
  long.writeUInt32LE(2 ** 32 - 1, 8);
  assert.throws(() => readNpyHeader(long, 'The file'), /got one of 4294967295/);
});

test('a header of the largest size with hostile text is rejected in no time', () => {
  for (const text of [
    "{'shape': (",
    '('.repeat(9000),
    `{'shape': (${'1,'.repeat(4000)}`,
    `{'shape': (${'9'.repeat(9000)},)`,
    ' '.repeat(9900),
  ]) {
    const start = performance.now();
    assert.throws(() => header(text), ServiceError);
    assert.ok(performance.now() - start < 500);
  }
});

test('data must be as long as its shape says, also where the product overflows', () => {
  const check = (shape: number[], bytes: number) =>
    checkNpySize({ descr: '<f4', isFortran: false, shape, dataStart: 64 }, 4, 64 + bytes, 'The file');
  check([2, 3], 24);
  check([], 4);
  check([0, 5], 0);
  assert.throws(() => check([2, 3], 20), /expected 24 bytes for shape \[2, 3\] of <f4, got 20/);
  assert.throws(() => check([2 ** 32, 2 ** 32], 0), /more bytes than any file has/);
  assert.throws(() => check([2 ** 53, 2 ** 53, 2 ** 53, 2 ** 53], 0), /more bytes than any file has/);
  assert.throws(() => check([Number.POSITIVE_INFINITY, 0], 0), ServiceError);
});

test('dtypes are those of numpy, in either byte order; all others have a cure', () => {
  assert.deepEqual(readNpyDtype('<f4'), { kind: 'numbers', dtype: 'F32', isBigEndian: false });
  assert.deepEqual(readNpyDtype('>i8'), { kind: 'numbers', dtype: 'I64', isBigEndian: true });
  assert.deepEqual(readNpyDtype('|b1'), { kind: 'numbers', dtype: 'BOOL', isBigEndian: false });
  assert.deepEqual(readNpyDtype('>u1'), { kind: 'numbers', dtype: 'U8', isBigEndian: false });
  assert.deepEqual(readNpyDtype('<V2'), { kind: 'numbers', dtype: 'BF16', isBigEndian: false });
  assert.deepEqual(readNpyDtype('<U7'), { kind: 'text', encoding: 'utf-32', width: 7, isBigEndian: false });
  assert.deepEqual(readNpyDtype('|S3'), { kind: 'text', encoding: 'utf-8', width: 3, isBigEndian: false });
  const cures = {
    '|O': /None.*json\.dumps/,
    '<c16': /\.real/,
    '<f16': /astype/,
    '<M8[ns]': /astype/,
    '>V2': /view/,
    '|V1': /view/,
    '<U': /astype/,
    '<U0': /astype/,
    '<U9999999999': /astype/,
    x: /astype/,
  };
  for (const [descr, cure] of Object.entries(cures)) {
    const dtype = readNpyDtype(descr);
    assert.ok(dtype.kind === 'none' && cure.test(dtype.cure), descr);
  }
});
