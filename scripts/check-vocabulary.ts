import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

// Keeps words of the project's own out of the places that others read. Each has a standard term, which is given beside it.
// Part of `npm run lint`.

/** Everything but this list itself and the changelog, which has the names that were replaced. */
const CHECKED = ['.', ':!scripts/check-vocabulary.ts', ':!CHANGELOG.md'];
/** Where names in code are checked, too. */
const CHECKED_NAMES = /^(?:src|clients)\//;

/** Wrong in code and in prose; matched without regard to case. */
const WORDS: Readonly<Record<string, string>> = {
  'rungs?': 'backend',
  ladder: 'backend candidates',
  'footholds?': 'active backend',
  'climb(s|ed|ing)?': 'select',
  'passed[ _-]?over': 'skipped',
  crew: 'threads',
  'living[ -]threads': 'thread registry',
  'thread[ -]ledger': 'pool metrics',
  lateness: 'startup timeout',
  'hung[ _-]?after[ _-]?ms': 'hang timeout',
  engine_lost: 'engine_unavailable',
  'lends?': 'acquire',
  lent: 'in use',
  'loans?': 'lease',
  'take[ _]?back': 'release',
  'give[ _]?back|given back': 'release',
  'keep[ _]?for': 'holdUntil',
  'put[ _]?back': 'scatter',
  'complain(s|ed|ts?)?': 'validation issue',
  'log[ -]?pairs?': 'log probabilities',
  mirrored: 'complement',
  'sides[ _]?of': 'class side weights',
  liftdata: 'extractTensors',
  skew: 'word offset',
  'responses[ _]?out': 'drained',
  underway: 'in flight',
  'retry[ _]?for': 'max_retry_seconds',
  'request[ _]?refused': 'InvalidRequestError',
  'in vain': 'for nothing',
  lest: 'so that … not',
  'be had': 'is available',
};

/**
 * Wrong as names in code, harmless in a sentence: whole names, or with `*` also as a word within a name. A key in lower case
 * matches any case.
 */
const NAMES: Readonly<Record<string, string>> = {
  __proto__: null as never, // So that `constructor` and the like are not in it.
  'answer*': 'response',
  'wanted*': 'accepted',
  'sent*': 'content type, or requested',
  'room*': 'queue slot, arena, scratch, growable buffer or size estimate',
  'preview*': 'describeValue',
  'refuse*': 'reject',
  'most*': 'MAX_',
  'least*': 'MIN_',
  'fewest*': 'MIN_',
  Failure: 'ServiceError',
  FailureCode: 'ErrorCode',
  toFailure: 'toServiceError',
  'evaluator*': 'request handler',
  'exchange*': 'protocol adapter',
  'halves*': 'float16',
  asked: 'explicit',
  spent: 'needsRecycling',
  admit: 'checkCapacity, or warmUp',
  inspect: 'describe',
  pace: 'throughput estimate',
  rounds: 'chunks',
  abandon: 'quarantine',
  job: 'kernel parameters',
  withjob: 'withKernelParams',
  workspace: 'kernel parameters',
  machine: 'kernel context',
  isquick: 'float32 fast path',
  takerow: 'loadRow',
  leaveout: 'mask',
  others: 'remaining',
  num: 'ExtendedFloat',
  wide: 'Float64Tensor',
  top: 'argmax',
  'buttop*': 'without argmax',
  focus: 'modulator',
  lean: 'label slope',
  bend: 'curvature',
  book: 'accumulate',
  spread: 'broadcast',
  setting: 'hyperparameters',
  widen: 'float16 to float32',
  narrow: 'float32 to float16',
  dial: 'NumberField',
  heat: 'color scale',
  ground: 'background',
  ink: 'foreground',
  offer: 'configure',
  telling: 'reportErrors',
  ask: 'refresh',
  prose: 'formatMath',
  opening: 'hero',
  'patience*': 'retry',
  unavailable: 'ServiceUnavailableError',
  timedout: 'ServiceTimeoutError',
  connectionfailed: 'ServiceConnectionError',
  unexpectedanswer: 'UnexpectedResponseError',
};

/** The same letters with another meaning, as `path:line: text`. */
const HOMONYMS: readonly RegExp[] = [
  /^src\/explorer\/.*: (focus|top)$/, // Of the keyboard, and the edge of a chart.
  /^src\/explorer\/(main|page-address|pinned-configuration|resolve-configuration|service\/batch-evaluator)\.ts:\d+: (BatchE|e)valuator$/, // It has one batch evaluated, again and again.
  /: headersSent$/, // Node's own.
  /^docs\/reference\/semantics\.md:\d+: sides of$/, // "Both sides of a class" are its positives and negatives.
];

interface Finding {
  readonly place: string;
  readonly found: string;
  readonly instead: string;
}

const wholeWords = Object.entries(WORDS).map(
  ([word, instead]) => [new RegExp(`(?<![a-z0-9_])(?:${word})(?![a-z0-9_])`, 'gi'), instead] as const,
);

function* findWords(file: string, text: string): Generator<Finding> {
  for (const [i, line] of text.split('\n').entries()) {
    for (const [pattern, instead] of wholeWords) {
      for (const [found] of line.matchAll(pattern)) yield { place: `${file}:${i + 1}`, found, instead };
    }
  }
}

/** Code without comments and strings, line by line as it was. */
function withoutText(code: string, python: boolean): string {
  const text = python
    ? /"""[\s\S]*?"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#.*/g
    : /\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;
  return code.replace(text, (found) => found.replace(/[^\n]/g, ' '));
}

function* findNames(file: string, code: string): Generator<Finding> {
  const lines = [basename(file).replace(/\.\w+$/, ''), ...withoutText(code, file.endsWith('.py')).split('\n')];
  for (const [i, line] of lines.entries()) {
    for (const [name] of line.matchAll(/[A-Za-z_$][\w$]*/g)) {
      const words = name
        .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
        .toLowerCase()
        .split('_')
        .filter(Boolean);
      const instead = NAMES[name] ?? NAMES[words.join('')] ?? words.map((word) => NAMES[`${word}*`]).find(Boolean);
      if (instead) yield { place: `${file}:${i}`, found: name, instead };
    }
  }
}

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...CHECKED], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(ts|mjs|py|md|json|yaml|html|css|toml)$/.test(file) && !file.includes('/samples/'));
const findings = files.flatMap((file) => {
  const text = readFileSync(file, 'utf8');
  return [
    ...findWords(file, text),
    ...(CHECKED_NAMES.test(file) && /\.(ts|py)$/.test(file) ? findNames(file, text) : []),
  ];
});
const faults = findings.filter(({ place, found }) => !HOMONYMS.some((homonym) => homonym.test(`${place}: ${found}`)));
for (const { place, found, instead } of faults) process.stdout.write(`${place}: "${found}"; use: ${instead}\n`);
if (faults.length > 0) {
  process.stdout.write(`${faults.length} names that have a standard term\n`);
  process.exitCode = 1;
}
