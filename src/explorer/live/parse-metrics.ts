/** A sample of the text format: its labels and its value. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Samples by the name that their lines have: those of a histogram are under `…_bucket`, `…_sum` and `…_count`. */
export type Metrics = ReadonlyMap<string, readonly Sample[]>;

/** What is longer is no response of this service, and is not read. The service's own are 25 to 100 kB. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
/** Each character of a value has one way to match, so that the time is linear. */
const LABEL = /[ \t]*([a-zA-Z_]\w*)[ \t]*=[ \t]*"((?:[^"\\\n]|\\.)*)"[ \t]*(,?)/y;
const VALUE = /[ \t]+([^ \t]+)(?:[ \t]+-?\d+)?[ \t]*$/y;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/**
 * Parses Prometheus' text format 0.0.4. Comments, and lines that are not of the format, are left out: a service of a later
 * version may write more than this page knows.
 *
 * @returns null if the text is no metrics at all, such as a proxy's page
 */
export function parseMetrics(text: string): Metrics | null {
  if (text.length > MAX_CHARACTERS) return null;
  const metrics = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const parsed = parseLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    if (!parsed) continue;
    const samples = metrics.get(parsed.name);
    if (samples) samples.push(parsed.sample);
    else metrics.set(parsed.name, [parsed.sample]);
  }
  return metrics.size > 0 ? metrics : null;
}

function parseLine(line: string): { name: string; sample: Sample } | null {
  const name = matchAt(NAME, line, 0)?.[0];
  if (name === undefined) return null;
  let position = name.length;
  // Without a prototype, so that a label `constructor` is like any other.
  const labels: Record<string, string> = Object.create(null);
  if (line[position] === '{') {
    position += 1;
    for (let comma = ','; line[position] !== '}'; ) {
      const label = comma === ',' ? matchAt(LABEL, line, position) : null;
      if (!label) return null;
      labels[label[1]!] = label[2]!.replace(/\\./g, (escaped) => ESCAPES[escaped] ?? escaped);
      comma = label[3]!;
      position += label[0].length;
    }
    position += 1;
  }
  const text = matchAt(VALUE, line, position)?.[1];
  const value = text === undefined ? null : parseValue(text);
  return value === null ? null : { name, sample: { labels, value } };
}

function parseValue(text: string): number | null {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (text === 'NaN') return Number.NaN;
  const value = Number(text);
  return Number.isNaN(value) ? null : value;
}

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}
