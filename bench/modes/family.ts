import type { Table } from '../../test/harness/table.ts';
import { interleave, type Timings, timed } from '../harness/interleave.ts';
import type { Target } from '../harness/report.ts';
import { milliseconds } from '../harness/timing-table.ts';
import type { Competitors } from './competitors.ts';
import { evaluateRequest, readFile, sameBytes } from './evaluate-mode.ts';
import { makeTensors, safetensorsFile } from './mode-tensors.ts';
import { DETECTION, type Labels, type Mode, mode } from './modes.ts';

/** A member of the family of focal loss, and the plain loss that it is compared with. */
export interface FamilyMode extends Mode {
  /** The options of the same batch under plain focal loss. */
  readonly plain: Mode['options'];
}

/** What a member may take, in the time of the plain loss. */
const LIMIT = 1.3;

const HARD: readonly Labels[] = ['indices', 'one-hot', 'half positive'];
const ASYMMETRIC = { positive: 1, negative: 4 };
const WITH_HESSIAN = { outputs: ['loss', 'gradients', 'per_class', 'hessian'] };

function members(name: string, labels: readonly Labels[], options: object, plain: object = {}): FamilyMode[] {
  return labels.map((each) => ({
    ...mode(`${name}, ${each}`, DETECTION, each, { ...plain, ...options }),
    plain: { ...plain },
  }));
}

/** The plain loss has the default γ of 2, unless the member has one γ of its own. */
export const FAMILY_MODES: readonly FamilyMode[] = [
  ...members('gamma 1 and 4', HARD, { gamma: ASYMMETRIC }),
  ...members('gamma 0 and 3', HARD, { gamma: { positive: 0, negative: 3 } }),
  ...members('margin 0.05, gamma 1 and 4', HARD, { gamma: ASYMMETRIC, margin: 0.05 }),
  ...members('poly_epsilon 1', HARD, { poly_epsilon: 1 }),
  ...members('poly_epsilon 1, gamma 1.7', HARD, { poly_epsilon: 1 }, { gamma: 1.7 }),
  ...members('focusing detached', [...HARD, 'soft'], { focusing: 'detached' }),
  ...members('focusing detached, gamma 1.5', HARD, { focusing: 'detached' }, { gamma: 1.5 }),
  ...members('hessian_form detached, Hessian', HARD, { hessian_form: 'detached' }, WITH_HESSIAN),
  ...members('varifocal', ['indices', 'one-hot', 'few soft', 'soft'], { soft_labels: 'varifocal' }),
  ...members('matchability, gamma 1.5', ['few soft', 'soft'], { soft_labels: 'matchability' }, { gamma: 1.5 }),
];

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
  const requestOf = (each: Mode) => readFile(each, safetensorsFile(each, tensors));
  const request = requestOf(member);
  const plain = requestOf({ ...member, options: member.plain });
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
      'The family of focal loss, sigmoid, in the engine: each member beside the same batch under plain focal loss, of γ 2 unless ' +
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
