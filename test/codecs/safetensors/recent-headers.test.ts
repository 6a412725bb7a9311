import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentHeaders, recentHeaders } from '../../../src/codecs/safetensors/recent-headers.ts';
import { LENGTH_BYTES, readSafetensors } from '../../../src/codecs/safetensors/safetensors-reader.ts';
import { fileWith } from '../../helpers/codecs/safetensors-file.ts';

const TENSOR = '"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}';

const headerOf = (file: Buffer) => file.subarray(LENGTH_BYTES, LENGTH_BYTES + Number(file.readBigUInt64LE()));

test('a header that comes again is not read again, and its tensors are those of the file that has it', () => {
  const header = `{${TENSOR},"__metadata__":{"gamma":"2"}}`;
  const [first, second] = ['ab', 'cd'].map((data) => fileWith(header, Buffer.from(data)));
  const before = readSafetensors(first!);
  const found = recentHeaders.find(headerOf(second!));
  assert.equal(found?.metadata, before.metadata);
  const after = readSafetensors(second!);
  assert.equal(after.metadata, before.metadata);
  assert.equal(after.headerBytes, before.headerBytes);
  assert.equal(Buffer.from(after.tensors.get('a')!.bytes).toString(), 'cd');
  assert.equal(Buffer.from(before.tensors.get('a')!.bytes).toString(), 'ab');
});

test('a known header with too little or too much data behind it is refused as before', () => {
  const header = `{${TENSOR},"__metadata__":{"data":"checked"}}`;
  readSafetensors(fileWith(header, Buffer.from('ab')));
  assert.throws(() => readSafetensors(fileWith(header, Buffer.from('a'))), /expected it to end within the 1 bytes/);
  assert.throws(() => readSafetensors(fileWith(header, Buffer.from('abc'))), /expected 2 bytes behind the header/);
  assert.equal(readSafetensors(fileWith(header, Buffer.from('ab'))).tensors.size, 1);
});

test('what is malformed is not kept, nor what is long', () => {
  const malformed = fileWith('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,2]}}', Buffer.from('ab'));
  for (let i = 0; i < 2; i++) assert.throws(() => readSafetensors(malformed), /expected 1 bytes for shape/);
  const long = fileWith(`{${TENSOR},"__metadata__":{"names":"${'x'.repeat(4096)}"}}`, Buffer.from('ab'));
  readSafetensors(long);
  for (const file of [malformed, long]) assert.equal(recentHeaders.find(headerOf(file)), undefined);
});

test('the last eight are kept, and their bytes are copied', () => {
  const recent = new RecentHeaders();
  const bytes = (i: number) => Buffer.from(`header ${i}`);
  const headers = Array.from({ length: 9 }, (_, i) => ({ entries: [], metadata: { i: `${i}` } }));
  const given = bytes(0);
  recent.add(given, headers[0]!);
  given.fill(0);
  for (let i = 1; i < 8; i++) recent.add(bytes(i), headers[i]!);
  assert.equal(recent.find(given), undefined);
  assert.equal(recent.find(bytes(0)), headers[0]);
  recent.add(bytes(8), headers[8]!);
  assert.equal(recent.find(bytes(0)), headers[0]);
  assert.equal(recent.find(bytes(1)), undefined);
  assert.equal(recent.find(bytes(8)), headers[8]);
});
