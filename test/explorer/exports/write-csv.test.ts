import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeCsv } from '../../../src/explorer/exports/write-csv.ts';

test('cells are quoted as RFC 4180 says, and lines end in CR LF', () => {
  assert.equal(
    writeCsv([['a,b', 'say "x"', 'two\nlines', null, '', 'ü γ']]),
    '"a,b","say ""x""","two\nlines",,,ü γ\r\n',
  );
});

test('numbers have all of their digits, and a minus is no formula', () => {
  assert.equal(writeCsv([[0.1 + 0.2, -1e-7, 5472, 0]]), '0.30000000000000004,-1e-7,5472,0\r\n');
});

test('no text is run as a formula, whatever is in front of it', () => {
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\u00a0=1', '\ufeff=1', '＝1', '＠a']) {
    const csv = writeCsv([[text]]);
    assert.ok(csv.startsWith('"\''), JSON.stringify(csv));
    assert.ok(csv.includes(text));
  }
  assert.equal(writeCsv([['a=b', 'class-1']]), 'a=b,class-1\r\n');
});
