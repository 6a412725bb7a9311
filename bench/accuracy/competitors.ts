import type { Child } from '../harness/child.ts';
import { competitorsInstalled, startCompetitor } from '../harness/competitor.ts';

const SCRIPTS = {
  torchvision: 'accuracy_torchvision.py',
  'Keras (torch backend)': 'accuracy_keras.py',
  optax: 'accuracy_optax.py',
} as const;

/** The libraries that this service is compared with, by name; none where they are not installed. */
export type Competitors = { readonly [name in keyof typeof SCRIPTS]?: Child };

export async function startCompetitors(): Promise<Competitors> {
  if (!competitorsInstalled()) return {};
  const started = Object.entries(SCRIPTS).map(async ([name, script]) => [name, await startCompetitor(script)] as const);
  return Object.fromEntries(await Promise.all(started));
}
