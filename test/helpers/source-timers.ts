// Sees the timers that src/ starts and that would run for long: deadlines, watches, and what waits for a thread to end.

/** Shorter timeouts end by themselves before anybody minds. Deadlines of tests are shorter, too, and may run out. */
const LONG_MS = 5001;
/** The shortest of those that services start again and again. */
const SECOND_MS = 1000;
/** These run as long as their service. */
const OF_SERVICES = /\/src\/(?:http\/api-key-file|core\/shared-memory\/region-janitor)\.ts$/;

class SourceTimers {
  readonly #places = new Map<unknown, string>();
  #fired: string[] = [];

  /** The files that started those which still run, apart from those of services. */
  get running(): string[] {
    return [...this.#places.values()].filter((place) => !OF_SERVICES.test(place));
  }

  /** Likewise of those that run as long as a service. */
  get ofServices(): string[] {
    return [...this.#places.values()].filter((place) => OF_SERVICES.test(place));
  }

  /** The files whose timeouts have run out since the last call. */
  takeFired(): string[] {
    return this.#fired.splice(0);
  }

  watch(): void {
    const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
    globalThis.setTimeout = Object.assign((callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const place = (ms ?? 0) >= SECOND_MS ? callerInSource() : undefined;
      const ofService = OF_SERVICES.test(place ?? '');
      if (place === undefined || !(ofService || ms! >= LONG_MS)) return setTimeout(callback, ms, ...args);
      const timer = setTimeout(() => {
        this.#places.delete(timer);
        if (!ofService) this.#fired.push(place);
        callback(...args);
      }, ms);
      this.#places.set(timer, place);
      return timer;
    }, setTimeout) as typeof setTimeout;
    globalThis.setInterval = ((callback: () => void, ms?: number, ...args: []) => {
      const timer = setInterval(callback, ms, ...args);
      const place = callerInSource();
      if (place !== undefined) this.#places.set(timer, place);
      return timer;
    }) as typeof setInterval;
    globalThis.clearTimeout = (timer) => {
      this.#places.delete(timer);
      clearTimeout(timer);
    };
    globalThis.clearInterval = (timer) => {
      this.#places.delete(timer);
      clearInterval(timer);
    };
  }
}

/** The file that has called a function of the class above, if it is one of src/. */
function callerInSource(): string | undefined {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.prepareStackTrace = (_, sites) => sites[2]?.getFileName();
  Error.stackTraceLimit = 3;
  const file = new Error().stack as string | undefined;
  Object.assign(Error, { prepareStackTrace, stackTraceLimit });
  return file?.includes('/src/') && !file.includes('/node_modules/') ? file : undefined;
}

export const sourceTimers = new SourceTimers();
sourceTimers.watch();
