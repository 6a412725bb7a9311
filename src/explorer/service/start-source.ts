import type { DifficultyHistogram } from './evaluation.ts';

/** The negatives' histogram of the batch at a γ, without α. */
export type NegativesAt = (gamma: number) => Promise<DifficultyHistogram>;

/** What the recommended start needs of a batch. */
export interface StartSource {
  /** The size of a request body. */
  readonly bytes: number;
  /** @throws {ProblemError} */
  readonly negativesAt: NegativesAt;
}
