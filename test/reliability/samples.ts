/** Readings at equal times, for as long as something goes on. */
export interface Sampling {
  /** All that were taken. */
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
