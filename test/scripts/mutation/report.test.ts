import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome, Verdict } from '../../../scripts/mutation/mutant.ts';
import { renderReport } from '../../../scripts/mutation/report.ts';

function verdict(file: string, outcome: Outcome): Verdict {
  const mutant = { file, operator: 'relation', line: 3, column: 7, start: 0, end: 1, replacement: '<=' };
  return { mutant, outcome, original: '<' };
}

test('the report lists survivors, then scores by folder; what did not compile does not count', () => {
  const verdicts = [
    verdict('src/core/a.ts', 'killed'),
    verdict('src/core/a.ts', 'survived'),
    verdict('src/core/a.ts', 'invalid'),
    verdict('src/loss/b/c.ts', 'timeout'),
  ];
  assert.equal(
    renderReport(verdicts, 6),
    `Survivors:
survived src/core/a.ts:3:7 relation: < → <=

| folder   | mutants | survived | noticed |
| -------- | ------: | -------: | ------: |
| src/core |       2 |        1 |    50 % |
| src/loss |       1 |        0 |   100 % |
| all      |       3 |        1 |    67 % |
2 of 6 mutants were not tried: the time was up.`,
  );
});
