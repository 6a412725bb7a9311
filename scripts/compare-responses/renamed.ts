// The names that clients see and that differ between the two checkouts on purpose. Nothing else may differ.

/** Codes of problems: old → every new code that it may have become. */
export const RENAMED_CODES: Readonly<Record<string, readonly string[]>> = {
  draining: ['shutting_down'],
  engine_lost: ['engine_unavailable'],
  // Exhausted memory was reported as a full queue.
  queue_full: ['queue_full', 'memory_exhausted'],
};

/** Fields of JSON answers, by the path that answers them: old → new. */
export const RENAMED_FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '/v1/engine': { passed_over: 'skipped' },
};

/** Metrics: old → new. */
export const RENAMED_METRICS: Readonly<Record<string, string>> = {
  focal_loss_memory_lent_bytes: 'focal_loss_memory_in_use_bytes',
};

export function isSameCode(old: string, current: string): boolean {
  return old === current || (RENAMED_CODES[old]?.includes(current) ?? false);
}
