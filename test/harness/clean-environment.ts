import { describeSettings } from '../../src/config.ts';

/** Settings of the service, of OpenTelemetry, and what Node's test runner tells the processes that it starts. */
const names = new Set(describeSettings().map(({ name }) => name));
const isOwn = (name: string) => names.has(name) || name.startsWith('OTEL_') || name === 'NODE_TEST_CONTEXT';

/**
 * The environment of this process without what would change what another one does that it starts: a test must not depend on a
 * `PORT` that happens to be set.
 */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOwn(name)));
}
