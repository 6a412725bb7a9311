import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_SAFETENSORS_HEADER_BYTES, readSafetensors } from '../../../src/codecs/safetensors/safetensors-reader.ts';
import { ServiceError } from '../../../src/core/service-error.ts';
import { fileWith } from '../../helpers/codecs/safetensors-file.ts';

const LOGITS = '"logits":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}';
const LABELS = '"labels":{"dtype":"U8","shape":[2],"data_offsets":[8,10]}';
const DTYPES = 'F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL';

function refuses(file: Uint8Array, message: string | RegExp): void {
  assert.throws(
    () => readSafetensors(file),
    (error) => {
      assert.ok(error instanceof ServiceError, String(error));
      assert.equal(error.code, 'malformed_body');
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.ok(error.message.length < 400, error.message);
      return true;
    },
  );
}

/** A header of one tensor with these members. */
const tensor = (members: string) => fileWith(`{"logits":{${members}}}`, new Uint8Array(8));

test('tensors are views of the file, in any order of the header and wherever the file lies in memory', () => {
  const file = fileWith(`{ ${LABELS},\n"__metadata__":{"gamma":"2"}\t,\r${LOGITS} }   `, Buffer.from('abcdefghij'));
  const allocator = new Uint8Array(new SharedArrayBuffer(file.length + 3));
  allocator.set(file, 3);
  const { tensors, metadata } = readSafetensors(allocator.subarray(3));
  assert.deepEqual([...tensors.keys()], ['logits', 'labels']);
  const logits = tensors.get('logits')!;
  assert.deepEqual([logits.dtype, logits.shape, Buffer.from(logits.bytes).toString()], ['F32', [2], 'abcdefgh']);
  assert.equal(logits.bytes.buffer, allocator.buffer);
  assert.equal(Buffer.from(tensors.get('labels')!.bytes).toString(), 'ij');
  assert.deepEqual({ ...metadata }, { gamma: '2' });
});

test('a file may be empty, and a tensor may have no element or a single one', () => {
  assert.equal(readSafetensors(fileWith('{}')).tensors.size, 0);
  const { tensors } = readSafetensors(
    fileWith(
      '{"a":{"dtype":"I64","shape":[3,0],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"c":{"dtype":"F64","shape":[0,9007199254740991,9007199254740991],"data_offsets":[1,1]}}',
      new Uint8Array(1),
    ),
  );
  assert.deepEqual(
    [...tensors.values()].map(({ bytes }) => bytes.length),
    [0, 1, 0],
  );
});

test('metadata may be null, which stands for none', () => {
  for (const header of [
    '{"__metadata__":null}',
    '{"__metadata__" : null , "a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
  ]) {
    assert.deepEqual(Object.entries(readSafetensors(fileWith(header)).metadata), []);
  }
  refuses(fileWith('{"__metadata__":nul}'), /^"__metadata__": expected an object, got nul /);
  refuses(fileWith('{"__metadata__":nullx}'), /^"__metadata__": expected an object, got nullx /);
  refuses(fileWith('{"__metadata__":null,"__metadata__":null}'), /"__metadata__" is there twice/);
});

test('names of properties that every object has are ordinary names', () => {
  const { tensors, metadata } = readSafetensors(
    fileWith(
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"__metadata__":{"__proto__":"x","toString":"y"}}',
      new Uint8Array(1),
    ),
  );
  assert.deepEqual([...tensors.keys()], ['__proto__']);
  assert.deepEqual(Object.entries(metadata), [
    ['__proto__', 'x'],
    ['toString', 'y'],
  ]);
  assert.equal(metadata.constructor, undefined);
  assert.equal(({} as Record<string, unknown>).x, undefined);
});

test('a wrong length of the header is rejected', () => {
  refuses(
    Buffer.alloc(0),
    'The safetensors file: expected 8 bytes that give the length of its header, got 0 bytes in all',
  );
  refuses(Buffer.from('{"a":1}'), /got 7 bytes in all$/);
  const file = fileWith(`{${LOGITS}}`, new Uint8Array(8));
  for (const [length, shown] of [
    [2n ** 64n - 1n, '18446744073709551615'],
    [2n ** 53n + 1n, '9007199254740993'],
    [68n, '68'],
  ] as const) {
    file.writeBigUInt64LE(length);
    refuses(
      file,
      `The safetensors file: its first 8 bytes announce a header of ${shown} bytes, and 67 bytes follow: it was cut short, or is no safetensors file`,
    );
  }
  refuses(
    fileWith(' '.repeat(MAX_SAFETENSORS_HEADER_BYTES + 1)),
    'The safetensors header: expected at most 4194304 bytes, got 4194305',
  );
  assert.equal(readSafetensors(fileWith('{}'.padEnd(MAX_SAFETENSORS_HEADER_BYTES))).tensors.size, 0);
});

test('a header that is not valid JSON is rejected', () => {
  refuses(fileWith(''), 'The safetensors header: expected it to start with "{", got nothing');
  refuses(fileWith(' {}'), 'The safetensors header: expected it to start with "{", got " "');
  refuses(fileWith('\ufeff{}'), 'The safetensors header: expected it to start with "{", got "\ufeff"');
  refuses(fileWith('[]'), /got "\["$/);
  refuses(fileWith(Buffer.from([0x7b, 0xff, 0x7d])), 'The safetensors header: its bytes are not UTF-8');
  refuses(
    fileWith('{'),
    'The safetensors header: expected a string, got the end of the text (at character 1 of the JSON)',
  );
  refuses(fileWith('{,}'), /expected a string, got "," \(at character 1 of the JSON\)$/);
  refuses(fileWith('{}x'), 'The safetensors header: expected its end, got x (at character 2 of the JSON)');
  refuses(fileWith('{}{}'), /expected its end, got an object/);
  refuses(fileWith('{}\u0000'), /expected its end, got "\\u0000"/);
  refuses(fileWith('{"a'), 'The safetensors header: the string is not valid JSON (at character 1 of the JSON)');
  refuses(fileWith('{"a\\'), /string is not valid JSON/);
  refuses(fileWith('{"\\x":1}'), /string is not valid JSON/);
  refuses(fileWith('{"a\nb":1}'), /string is not valid JSON/);
  refuses(fileWith('{"a" 1}'), /expected ":", got 1/);
  refuses(fileWith('{"__metadata__":{},}'), /expected a string, got "}"/);
  refuses(fileWith('{"__metadata__":{} "a":1}'), /expected "," or "}", got a string/);
});

test('metadata that are not strings are rejected', () => {
  const metadata = (json: string) => fileWith(`{"__metadata__":${json}}`);
  refuses(metadata('[]'), '"__metadata__": expected an object, got an array (at character 16 of the JSON)');
  refuses(metadata('{"gamma":2}'), '"__metadata__", "gamma": expected a string, got 2 (at character 25 of the JSON)');
  refuses(metadata('{"gamma":["2"]}'), /"gamma": expected a string, got an array/);
  refuses(metadata('{"a":"1","a":"1"}'), '"__metadata__": "a" is there twice (at character 28 of the JSON)');
  refuses(metadata('{"a":"1","\\u0061":"2"}'), /"a" is there twice/);
});

test('wrong members of a tensor are rejected', () => {
  refuses(fileWith('{"logits":[]}'), 'Tensor "logits": expected an object, got an array (at character 10 of the JSON)');
  refuses(tensor(''), 'Tensor "logits": expected dtype, shape and data_offsets, got no dtype');
  refuses(
    tensor('"dtype":"F32","data_offsets":[0,8]'),
    'Tensor "logits": expected dtype, shape and data_offsets, got no shape',
  );
  refuses(
    tensor('"dtype":"F32","shape":[2]'),
    'Tensor "logits": expected dtype, shape and data_offsets, got no data_offsets',
  );
  refuses(
    tensor('"dtype":"F32","shape":[2],"data_offsets":[0,8],"strides":[4]'),
    'Tensor "logits": expected dtype, shape and data_offsets alone, got "strides"',
  );
  refuses(tensor('"dtype":"F32","dtype":"F32"'), /^Tensor "logits": "dtype" is there twice/);
  refuses(tensor('"dtype":5'), 'Tensor "logits", dtype: expected a string, got 5 (at character 19 of the JSON)');
  refuses(tensor('"dtype":"F8_E4M3"'), `Tensor "logits", dtype: expected one of ${DTYPES}, got "F8_E4M3"`);
  for (const dtype of ['', 'f32', 'toString', '__proto__'])
    refuses(tensor(`"dtype":"${dtype}"`), /expected one of F64, /);
});

test('a wrong shape of a tensor is rejected', () => {
  const shape = (json: string) => tensor(`"shape":${json}`);
  refuses(shape('2'), 'Tensor "logits", shape: expected an array of integers, got 2 (at character 19 of the JSON)');
  for (const size of ['-1', '1.0', '1e3', '-0', 'null', 'true', '9007199254740992', '99999999999999999999', '1_0'])
    refuses(
      shape(`[1,${size}]`),
      new RegExp(`^Tensor "logits", shape: expected an integer from 0 to 9007199254740991, got ${size} `),
    );
  refuses(shape('[01]'), /got 01 /);
  refuses(shape('["2"]'), /got a string/);
  refuses(shape('[[2]]'), /got an array/);
  refuses(shape('[2,]'), /expected an integer .*, got "]"/);
  refuses(shape('[2'), /expected "," or "]", got "}"/);
  refuses(shape(`[${Array(65).fill(1)}]`), /^Tensor "logits", shape: expected at most 64 integers, got more/);
});

test('a tensor must have as many bytes as its shape says', () => {
  const sized = (shape: string, offsets: string) => tensor(`"dtype":"F32","shape":${shape},"data_offsets":${offsets}`);
  const refusal = 'Tensor "logits", data_offsets: expected';
  refuses(sized('[2]', '[0,7]'), `${refusal} 8 bytes for shape [2] of F32, got 7`);
  refuses(sized('[3,2]', '[0,8]'), `${refusal} 24 bytes for shape [3, 2] of F32, got 8`);
  refuses(sized('[]', '[0,8]'), `${refusal} 4 bytes for shape [] of F32, got 8`);
  refuses(
    sized('[4294967296,4294967296,2]', '[0,8]'),
    `${refusal} more bytes than any file has for shape [4294967296, 4294967296, 2] of F32, got 8`,
  );
  // 2^64 + 2 elements, which a u64 that overflows would take for 2.
  refuses(sized('[274177,67280421310721,2]', '[0,8]'), /more bytes than any file has/);
  refuses(sized('[2]', '[8,0]'), `${refusal} [begin, end] with begin ≤ end, got [8, 0]`);
  refuses(sized('[2]', '[8]'), `${refusal} [begin, end] with begin ≤ end, got [8]`);
  refuses(sized('[2]', '[0,4,8]'), /data_offsets: expected at most 2 integers, got more/);
  refuses(sized('[2]', '[-8,0]'), /data_offsets: expected an integer from 0 to 9007199254740991, got -8/);
});

test('tensors must cover all of the data without a gap or an overlap', () => {
  const pair = (second: string, bytes: number) =>
    fileWith(`{${LOGITS},"labels":{"dtype":"U8",${second}}}`, new Uint8Array(bytes));
  refuses(
    pair('"shape":[2],"data_offsets":[9,11]', 11),
    'Tensor "labels", data_offsets: expected it to begin at 8, where tensor "logits" ends, got 9: a gap',
  );
  refuses(
    pair('"shape":[4],"data_offsets":[5,9]', 9),
    'Tensor "labels", data_offsets: expected it to begin at 8, where tensor "logits" ends, got 5: an overlap',
  );
  refuses(pair('"shape":[8],"data_offsets":[0,8]', 8), /got 0: an overlap$/);
  refuses(pair('"shape":[0],"data_offsets":[4,4]', 8), /got 4: an overlap$/);
  refuses(
    pair('"shape":[2],"data_offsets":[8,10]', 9),
    'Tensor "labels", data_offsets: expected it to end within the 9 bytes behind the header, got 10',
  );
  refuses(
    pair('"shape":[2],"data_offsets":[8,10]', 13),
    'The safetensors file: expected 10 bytes behind the header, where tensor "labels" ends, got 13',
  );
  refuses(
    fileWith('{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', new Uint8Array(2)),
    'Tensor "a", data_offsets: expected it to begin at 0, where the data starts, got 1: a gap',
  );
  refuses(
    fileWith('{}', new Uint8Array(1)),
    'The safetensors file: expected 0 bytes behind the header, where the data starts, got 1',
  );
});

test('names must be distinct, and their number is limited', () => {
  refuses(fileWith(`{${LOGITS},${LOGITS}}`, new Uint8Array(8)), /^The safetensors header: "logits" is there twice/);
  refuses(
    fileWith(`{${LOGITS},${LOGITS.replace('logits', 'log\\u0069ts')}}`, new Uint8Array(8)),
    /"logits" is there twice/,
  );
  refuses(fileWith('{"__metadata__":{},"__metadata__":{}}'), /"__metadata__" is there twice/);
  const empty = (count: number) =>
    fileWith(`{${Array.from({ length: count }, (_, i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)}}`);
  assert.equal(readSafetensors(empty(1024)).tensors.size, 1024);
  refuses(empty(1025), /^The safetensors header: expected at most 1024 members, got more/);
});

test('a huge name is not repeated in full in the message', () => {
  const name = 'n'.repeat(1_000_000);
  refuses(fileWith(`{"${name}":1}`), /^Tensor "n{40}…": expected an object, got 1 /);
  refuses(tensor(`"dtype":"${name}"`), /got "n{40}…"$/);
  refuses(fileWith(`{"__metadata__":{"${name}":${name}}}`), /^"__metadata__", "n{40}…": expected a string, got n{40} /);
});
