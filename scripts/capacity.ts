import { capacityAnswer } from '../bench/capacity/answer.ts';

// npm run capacity -- --jobs N --step-ms MS (--batch NAME | --alone-ms MS --most-per-second N) [--wait-percent 5]
// See docs/explanation/capacity.md.

try {
  process.stdout.write(capacityAnswer(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
