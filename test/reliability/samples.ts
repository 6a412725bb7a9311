/** Samples at equal intervals, until stopped. */
export interface Sampling {
  /** @returns all samples */
  stop(): Promise<number[]>;
}

export function sampleEvery(ms: number, read: () => Promise<number>): Sampling {
  const samples: number[] = [];
  let reading = Promise.resolve();
  const timer = setInterval(() => {
    reading = read().then((value) => void samples.push(value));
  }, ms);
  return {
    async stop() {
      clearInterval(timer);
      await reading;
      return samples;
    },
  };
}
