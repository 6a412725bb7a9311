import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { capacityAnswer } from '../../bench/capacity/answer.ts';
import { CAPACITY_PAGE, withFigures } from '../../bench/capacity/page.ts';
import { readThroughput } from '../../bench/capacity/throughput.ts';

test("docs/explanation/capacity.md has the results' figures, and its examples print what they say", () => {
  const page = readFileSync(CAPACITY_PAGE, 'utf8');
  assert.ok(readThroughput().size > 0);
  assert.ok([...readThroughput().keys()].every((workload) => page.includes(`| ${workload} `)));
  assert.equal(page, withFigures(page), '`npm run bench -- capacity` writes both');
});

test('a wrong argument is named', () => {
  const wrong: [string, RegExp][] = [
    ['--jobs 0 --step-ms 10', /^expected --jobs with a positive number, got 0$/],
    ['--jobs 4', /^expected --step-ms with a positive number, got nothing$/],
    ['--jobs 4 --step-ms 10 --batch huge', /^expected --batch with any of .*, got huge$/],
    ['--jobs 4 --step-ms 10 --alone-ms 3', /^expected --most-per-second/],
    ['--jobs 4 --step-ms 10 --batch json-8x4 --busy-percent 101', /^expected --busy-percent of 100 or less, got 101$/],
    ['--job 4', /--job/],
  ];
  for (const [args, message] of wrong) assert.throws(() => capacityAnswer(args.split(' ')), { message });
});
