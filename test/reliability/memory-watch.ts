import { peakRss, resetPeak } from '../harness/rss.ts';
import type { Service } from '../harness/service-process.ts';
import { type Sampling, sampleEvery } from './samples.ts';

const SAMPLE_MS = 50;

/** Follows the resident memory of a service, and ends the process before the machine has none left. */
export class MemoryWatch {
  readonly #sampling: Sampling;

  private constructor(sampling: Sampling) {
    this.#sampling = sampling;
  }

  /** @param killBytes beyond so much resident memory the service is killed */
  static async start(service: Service, killBytes: number): Promise<MemoryWatch> {
    await resetPeak(service.pid);
    const read = async () => {
      const peak = await peakRss(service.pid).catch(() => 0); // It may have ended.
      if (peak > killBytes) service.signal('SIGKILL');
      return peak;
    };
    return new MemoryWatch(sampleEvery(SAMPLE_MS, read));
  }

  /** @returns the most bytes that were resident at any time since the start */
  async stop(): Promise<number> {
    return Math.max(0, ...(await this.#sampling.stop()));
  }
}
