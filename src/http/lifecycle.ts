/**
 * Where the process is on its way out. While draining, readiness says no but requests are still served, so that load
 * balancers have time to notice; once closing, new requests are refused and only those accepted are finished.
 */
export class Lifecycle {
  #phase: 'serving' | 'draining' | 'closing' = 'serving';

  get draining(): boolean {
    return this.#phase !== 'serving';
  }

  get closing(): boolean {
    return this.#phase === 'closing';
  }

  drain(): void {
    if (this.#phase === 'serving') this.#phase = 'draining';
  }

  close(): void {
    this.#phase = 'closing';
  }
}
