import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptedEncoding, type ResponseEncoding } from '../../src/http/accepted-encoding.ts';

const BOTH = ['zstd', 'gzip'] as const;

/** A header, what a service chooses that offers both encodings, and whether it may not send the response as it is. */
const CASES: readonly [header: string | undefined, expected: ResponseEncoding | undefined, identityExcluded?: true][] =
  [
    // What clients send by default: none, Python's http.client, requests, Go, curl --compressed, fetch of Node, Chrome.
    [undefined, undefined],
    ['identity', undefined],
    ['gzip, deflate', 'gzip'],
    ['gzip', 'gzip'],
    ['deflate, gzip, br, zstd', 'zstd'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['br, gzip, deflate', 'gzip'],
    // Weights.
    ['zstd;q=0.5, gzip', 'gzip'],
    ['zstd;q=0.5, gzip;q=0.5', 'zstd'],
    ['zstd;q=0, gzip', 'gzip'],
    ['zstd;q=0.000, gzip;q=0.001', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip;q=0.5, identity', undefined],
    ['gzip;q=0.5, identity;q=0.5', 'gzip'],
    ['gzip;q=0.5, identity;q=0.4', 'gzip'],
    ['gzip;q=0.1', 'gzip'], // Identity is liked least if it is not named.
    ['GZIP ; Q=0.8 ,\tIdentity;q=0.9', undefined],
    ['x-gzip', 'gzip'],
    // Any encoding, except zstd, which must be named.
    ['*', 'gzip'],
    ['*;q=0.5, identity', undefined],
    ['gzip;q=0, *', undefined],
    ['br, *;q=0.1', 'gzip'],
    // Identity excluded.
    ['identity;q=0', undefined, true],
    ['gzip, identity;q=0', 'gzip', true],
    ['gzip, *;q=0', 'gzip', true],
    ['*;q=0', undefined, true],
    ['br, *;q=0', undefined, true],
    ['identity, *;q=0', undefined],
    // Not valid.
    ['', undefined],
    [',;,q=1,;q=0', undefined],
    ['br', undefined],
    ['gzip2, xgzip', undefined],
    ['gzip;q=2', undefined],
    ['gzip;q=-1, identity;q=x', undefined],
    ['gzip;level=1', undefined],
    ['__proto__, constructor', undefined],
  ];

for (const [header, expected, identityExcluded = false] of CASES) {
  test(`Accept-Encoding ${header ?? 'that is absent'}: ${expected ?? 'not compressed'}`, () => {
    assert.deepEqual(acceptedEncoding(header, BOTH), { encoding: expected, identityExcluded });
  });
}

test('only what is offered is chosen', () => {
  assert.equal(acceptedEncoding('gzip;q=0.1, zstd', ['gzip']).encoding, 'gzip');
  assert.equal(acceptedEncoding('zstd', ['gzip']).encoding, undefined);
});

test('a header as long as the parser allows is read in less than a millisecond', () => {
  for (const header of ['a,'.repeat(8000), `gzip${' '.repeat(16_000)}x`, `gzip;${';'.repeat(16_000)}q=0`]) {
    acceptedEncoding(header, BOTH);
    const start = performance.now();
    for (let i = 0; i < 20; i++) acceptedEncoding(header, BOTH);
    assert.ok((performance.now() - start) / 20 < 1, header.slice(0, 10));
  }
});
