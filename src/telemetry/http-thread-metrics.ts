import { performance } from 'node:perf_hooks';
import { Counter, type Registry } from 'prom-client';

/**
 * How long the HTTP thread, which calls this, has been busy. Small batches are evaluated there one at a time: of those that wait for
 * it, the gauges of requests and of the queue show none.
 */
export function registerHttpThreadMetrics(registry: Registry): void {
  new Counter({
    name: 'focal_loss_http_thread_busy_seconds_total',
    help: 'Time that the HTTP thread has not spent waiting for events.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(performance.eventLoopUtilization().active / 1000);
    },
  });
}
