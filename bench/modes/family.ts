import type { Table } from '../../test/harness/table.ts';
import { interleave, type Timings, timed } from '../harness/interleave.ts';
import type { Target } from '../harness/report.ts';
import { milliseconds } from '../harness/timing-table.ts';
import type { Competitors } from './competitors.ts';
import { evaluateRequest, readFile, sameBytes } from './evaluate-mode.ts';
import type { FamilyMode } from './family-modes.ts';
import { makeElementWeights, makeTensors, safetensorsFile } from './mode-tensors.ts';

/** What a member may take, in the time of the plain loss. */
const LIMIT = 1.3;

const MEMBER = 'member';
const PLAIN = 'plain';
const PLAN = { rounds: 15, warmUp: 5, budgetMs: 10_000 };

export interface MeasuredMember {
  readonly name: string;
  readonly times: Timings;
  /** Whether one thread and several give the same bytes. */
  readonly sameBytes: boolean;
}

/** Engine alone: the member and the plain loss take turns with the same tensors. */
export async function measureMember(
  member: FamilyMode,
  { engine, singleThread }: Pick<Competitors, 'engine' | 'singleThread'>,
): Promise<MeasuredMember> {
  const tensors = makeTensors(member);
  const ofMember = member.elementWeights ? { ...tensors, element_weights: makeElementWeights(member) } : tensors;
  const request = readFile(member, safetensorsFile(member, ofMember));
  const ofPlain = { ...member, options: member.plain };
  const plain = readFile(ofPlain, safetensorsFile(ofPlain, tensors));
  const times = await interleave(
    [
      { name: MEMBER, run: () => timed(() => evaluateRequest(engine, request)) },
      { name: PLAIN, run: () => timed(() => evaluateRequest(engine, plain)) },
    ],
    PLAN,
  );
  return { name: member.name, times, sameBytes: await sameBytes([engine, singleThread], request) };
}

export function familyTarget(rows: readonly MeasuredMember[]): Target {
  const met = rows.filter((row) => ratioOf(row) <= LIMIT).length;
  return {
    what: `a member of the family takes at most ${LIMIT} × the plain loss`,
    target: 'every member',
    measured: rows.length === 0 ? undefined : `${met} of ${rows.length}`,
    met: met === rows.length,
  };
}

export function familyTable(rows: readonly MeasuredMember[]): Table {
  return {
    caption:
      'The family of focal loss, sigmoid unless the name says otherwise, in the engine: each member beside the same batch under plain focal loss, of γ 2 unless ' +
      `the name says otherwise. Ratios above ${LIMIT} are bold:`,
    columns: ['member', MEMBER, PLAIN, `member ÷ plain ≤ ${LIMIT}`],
    rows: rows.map((row) => {
      const ratio = ratioOf(row).toPrecision(3);
      const [ofMember, ofPlain] = [MEMBER, PLAIN].map((name) => milliseconds(row.times.median(name)));
      return [row.name, ofMember!, ofPlain!, ratioOf(row) <= LIMIT ? ratio : `**${ratio}**`];
    }),
  };
}

function ratioOf({ times }: MeasuredMember): number {
  return times.ratio(MEMBER, PLAIN)!;
}
