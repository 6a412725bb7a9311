import { startEngine } from '../src/engine/engine-pool.ts';
import type { Table } from '../test/harness/table.ts';
import { type Evaluate, engineWay, peerWay, WAYS } from './accuracy-contenders.ts';
import { extremeLogits, GAMMAS, gridLogits, LABELS, QUANTITIES, truthOf } from './accuracy-grid.ts';
import { Score } from './accuracy-score.ts';
import { checkTruth } from './accuracy-truth.ts';
import type { Child } from './child.ts';
import { NOT_INSTALLED, peersInstalled, startPeer, versionsOf } from './peer.ts';
import type { Benchmark, Section, Target } from './report.ts';

const LIMIT = 5e-7;

const PEERS = {
  torchvision: 'accuracy_torchvision.py',
  'Keras (torch backend)': 'accuracy_keras.py',
  optax: 'accuracy_optax.py',
} as const;

/** Worst errors over logits, gammas and both labels, against the float64 reference, itself held against 60 digits. */
export const accuracy: Benchmark = {
  name: 'accuracy',
  title: 'Accuracy: worst relative error, sigmoid, hard labels, float32',
  run: measure,
};

async function measure(): Promise<Section> {
  const engine = startEngine({ engine: 'auto', threads: 1, queueLimit: 1 });
  const { name, versions } = await engine.ready;
  const ours: [string, Score][] = [];
  for (const way of WAYS) ours.push([`this service, ${way}`, await score(engineWay(engine, way))]);
  await engine.close();

  const peers: Child[] = [];
  const theirs: [string, Score][] = [];
  for (const [peerName, script] of peersInstalled() ? Object.entries(PEERS) : []) {
    const peer = await startPeer(script);
    peers.push(peer);
    theirs.push([peerName, await score(peerWay(peer))]);
    await peer.stop();
  }
  const truth = peersInstalled() ? await checkTruth() : undefined;

  return {
    targets: targetsOf(ours.map(([, each]) => each)),
    tables: [errorTable([...ours, ...theirs]), nonFiniteTable([...ours, ...theirs])],
    notes: [
      `Logits: ${gridLogits().length} from −1e4 to 1e4, and the smallest and the largest float32 of every exponent; both ` +
        `labels, γ ∈ {${GAMMAS.join(', ')}}, α off. Errors count where the true value is a normal float32. Derivatives ` +
        'of the libraries are by their own automatic differentiation. Training: the loss, gradients and breakdown, and nothing ' +
        'else, of labels most of which are 0.',
      'The Hessian has a root, around which no float32 answer has a bounded relative error: its errors are relative to ' +
        'the sum of the magnitudes of its two terms, p q^γ (1 + 2γ) q and p q^γ γ (q − γ p) log p.',
      'Truth is the float64 reference in `src/loss`.' +
        (truth
          ? ` Against 60-digit values at ${truth.points} of the points it is off by ${error(truth.worst)} at most.`
          : ''),
      ...(peersInstalled() ? [] : [NOT_INSTALLED]),
    ],
    versions: { engine: name, ...versions, ...versionsOf(...peers), ...truth?.versions },
  };
}

async function score(evaluate: Evaluate): Promise<Score> {
  const result = new Score();
  for (const logits of [gridLogits(), extremeLogits()]) {
    for (const gamma of GAMMAS) {
      for (const label of LABELS) {
        const values = await evaluate(logits, label, gamma);
        result.add(logits, values, truthOf(logits, label, gamma), `γ ${gamma}, y ${label}`);
      }
    }
  }
  return result;
}

function targetsOf(scores: readonly Score[]): Target[] {
  const errors = QUANTITIES.map((quantity): Target => {
    const worst = Math.max(...scores.map((each) => each.worst[quantity].error));
    return { what: quantity, target: `< ${LIMIT}`, measured: error(worst), met: worst < LIMIT };
  });
  const nonFinite = scores.reduce((total, each) => total + each.allNonFinite, 0);
  return [...errors, { what: 'NaN and infinity', target: '0', measured: String(nonFinite), met: nonFinite === 0 }];
}

function errorTable(scores: readonly [string, Score][]): Table {
  return {
    columns: ['what', ...QUANTITIES.flatMap((quantity) => [quantity, 'where'])],
    rows: scores.map(([name, { worst }]) => [
      name,
      ...QUANTITIES.flatMap((quantity) => {
        const { error: most, at } = worst[quantity];
        return at === '' ? ['–', '–'] : [error(most), at];
      }),
    ]),
  };
}

function nonFiniteTable(scores: readonly [string, Score][]): Table {
  return {
    caption: 'Answers that are NaN or infinite:',
    columns: ['what', ...QUANTITIES],
    rows: scores.map(([name, { nonFinite }]) => [name, ...QUANTITIES.map((quantity) => String(nonFinite[quantity]))]),
  };
}

function error(value: number): string {
  return value.toPrecision(2);
}
