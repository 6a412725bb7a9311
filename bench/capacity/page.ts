import { readFileSync, writeFileSync } from 'node:fs';
import { capacityAnswer } from './answer.ts';
import { recordedThroughputTable } from './throughput.ts';

export const CAPACITY_PAGE = new URL('../../docs/explanation/capacity.md', import.meta.url);

const TABLE = /^\| batch .*\n(?:\|.*\n)*/m;
const EXAMPLE = /(```sh\nnpm run --silent capacity -- (.*)\n```\n\n```text\n)[^`]*(```)/g;

/** The page with the figures of the results: its table, and what its examples print. */
export function withFigures(page: string): string {
  return page
    .replace(TABLE, () => `${recordedThroughputTable()}\n`)
    .replace(EXAMPLE, (_, before: string, args: string, after: string) => {
      return `${before}${capacityAnswer(args.split(' '))}${after}`;
    });
}

export function updateCapacityPage(): void {
  writeFileSync(CAPACITY_PAGE, withFigures(readFileSync(CAPACITY_PAGE, 'utf8')));
}
