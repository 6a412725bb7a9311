/**
 * If Ctrl+C is pressed under npm, the signal arrives twice within milliseconds: from the terminal, and from npm. Only a
 * signal that is later than this is a second one.
 */
const SECOND_SIGNAL_MS = 1000;

/**
 * Resolves when the first SIGTERM or SIGINT arrives.
 *
 * @param onSecond called when another one arrives, a second or more later
 */
export function nextStopSignal(onSecond: (signal: NodeJS.Signals) => void): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      if (firstMs === undefined) {
        firstMs = performance.now();
        resolve(signal);
      } else if (performance.now() - firstMs >= SECOND_SIGNAL_MS) {
        onSecond(signal);
      }
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
