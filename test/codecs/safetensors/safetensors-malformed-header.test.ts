import { test } from 'node:test';
import fc from 'fast-check';
import { DTYPE_BYTES, type Dtype } from '../../../src/codecs/dtype.ts';
import { byteCount, fileWith, type TestTensor } from '../../helpers/codecs/safetensors-file.ts';
import { checkFiles } from '../../helpers/codecs/safetensors-invariants.ts';

const dtypes = Object.keys(DTYPE_BYTES) as Dtype[];
const tensors = fc.uniqueArray(
  fc
    .tuple(
      fc.constantFrom('logits', 'labels', 'gamma', '0', '__proto__', 'é', ''),
      fc.constantFrom(...dtypes),
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    )
    .map(([name, dtype, shape]): TestTensor => ({ name, dtype, shape })),
  { selector: (tensor) => tensor.name, minLength: 1, maxLength: 5 },
);

/** The parts of a header, as lists of members, so that a name can be repeated. */
type Members<Value> = [name: string, value: Value][];
interface Draft {
  readonly header: Members<Members<unknown>>;
  dataBytes: number;
}

function draftOf(list: readonly TestTensor[]): Draft {
  let offset = 0;
  const header: Draft['header'] = list.map(({ name, dtype, shape }) => {
    const begin = offset;
    offset += byteCount({ dtype, shape });
    return [
      name,
      [
        ['dtype', dtype],
        ['shape', [...shape]],
        ['data_offsets', [begin, offset]],
      ],
    ];
  });
  return { header: [['__metadata__', [['gamma', '2']]], ...header], dataBytes: offset };
}

function textOf<Value>(members: Members<Value>, write: (value: Value) => string): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join(',')}}`;
}

interface Choice {
  readonly one: number;
  readonly other: number;
  readonly field: number;
  readonly number: number;
  readonly junk: unknown;
}

const choice: fc.Arbitrary<Choice> = fc.record({
  one: fc.nat(5),
  other: fc.nat(5),
  field: fc.nat(2),
  number: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(-1, 1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e300)),
  junk: fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(...dtypes, 'F8_E4M3', [], [0], [0, 0], [1e300, 0], [-0, 1])),
});

/** Changes that a careless or hostile writer makes to a header. Some are harmless or cancel each other. */
const MUTATIONS: Record<string, (draft: Draft, one: Members<unknown>, other: Members<unknown>, by: Choice) => void> = {
  'nothing at all': () => {},
  'offsets swapped': (_draft, one, other) => {
    const [a, b] = [one.at(-1), other.at(-1)];
    if (a && b) [a[1], b[1]] = [b[1], a[1]];
  },
  'offsets moved': (_draft, one, _other, { number }) => change(one, 2, (offsets) => offsets.map((at) => at + number)),
  'end moved': (_draft, one, _other, { number }) => change(one, 2, ([begin, end]) => [begin, (end ?? 0) + number]),
  'begin moved': (_draft, one, _other, { number }) => change(one, 2, ([begin, end]) => [(begin ?? 0) + number, end]),
  'size changed': (_draft, one, _other, { number }) =>
    change(one, 1, ([first, ...rest]) => [(first ?? 0) + number, ...rest]),
  'axis added': (_draft, one, _other, { number }) => change(one, 1, (shape) => [...shape, number]),
  'axes turned round': (_draft, one) => change(one, 1, (shape) => shape.toReversed()),
  'field replaced': (_draft, one, _other, { field, junk }) => {
    if (one[field]) one[field][1] = junk;
  },
  'field dropped': (_draft, one, _other, { field }) => void one.splice(field, 1),
  'field twice': (_draft, one, other, { field }) => void one.push(other[field] ?? ['dtype', 'F32']),
  'field unknown': (_draft, one, _other, { junk }) => void one.push(['strides', junk]),
  'tensor dropped': ({ header }, _one, _other, by) => void header.splice(by.one, 1),
  'tensor twice': ({ header }, _one, other, by) => void header.push([header[by.one]?.[0] ?? 'logits', other]),
  'tensors reordered': ({ header }) => void header.reverse(),
  'data of another length': (draft, _one, _other, { number }) => {
    draft.dataBytes = Math.max(0, draft.dataBytes + Math.min(Math.trunc(number), 9));
  },
};

function change(fields: Members<unknown>, at: number, to: (numbers: number[]) => unknown): void {
  const field = fields[at];
  if (Array.isArray(field?.[1])) field[1] = to(field[1]);
}

/** The rules of the format again, applied to the parts instead of the text, without regard to speed. */
function isSound({ header, dataBytes }: Draft): boolean {
  const distinct = (members: Members<unknown>) => new Set(members.map(([name]) => name)).size === members.length;
  if (!distinct(header) || !header.every(([, fields]) => distinct(fields))) return false;
  const metadata = header.filter(([name]) => name === '__metadata__').flatMap(([, fields]) => fields);
  if (!metadata.every(([, value]) => typeof value === 'string')) return false;

  const spans: [begin: number, end: number][] = [];
  for (const [name, fields] of header) {
    if (name === '__metadata__') continue;
    const { dtype, shape, data_offsets, ...unknown } = Object.fromEntries(fields) as Record<string, unknown>;
    if (Object.keys(unknown).length > 0 || !dtypes.includes(dtype as Dtype)) return false;
    if (!areSizes(shape) || !areSizes(data_offsets) || data_offsets.length !== 2) return false;
    const [begin, end] = data_offsets as [number, number];
    if (end - begin !== byteCount({ dtype: dtype as Dtype, shape })) return false;
    spans.push([begin, end]);
  }
  const apart = spans.every(([b, e], i) => spans.every(([begin, end], j) => i === j || end <= b || e <= begin));
  const total = spans.reduce((sum, [begin, end]) => sum + end - begin, 0);
  return apart && total === dataBytes && spans.every(([, end]) => end <= dataBytes);
}

function areSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

const mutations = fc.array(fc.tuple(fc.constantFrom(...Object.keys(MUTATIONS)), choice), { maxLength: 3 });

const files = fc.tuple(tensors, mutations, fc.constantFrom('', ' ', '\n\t ')).map(([list, changes, padding]) => {
  const draft = draftOf(list);
  for (const [kind, by] of changes) {
    const member = (index: number) => draft.header[index % draft.header.length]?.[1] ?? [];
    MUTATIONS[kind]!(draft, member(by.one), member(by.other), by);
  }
  const text = textOf(draft.header, (fields) => textOf(fields, (value) => JSON.stringify(value)));
  return { file: fileWith(text + padding, new Uint8Array(draft.dataBytes)), sound: isSound(draft) };
});

test('headers that contradict the file are rejected, and headers that only look odd are read', () => {
  checkFiles(files, 15_000);
});
