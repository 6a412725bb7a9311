/** Shares of positives that count as near one half, as in docs/tutorials/choosing-gamma.md. */
export const NEAR_HALF = [0.4, 0.6] as const;

export function isNearHalf(share: number | null): boolean {
  return share !== null && share >= NEAR_HALF[0] && share <= NEAR_HALF[1];
}
