import type { Options, PredictionField } from '../batch-files/batch-file.ts';

/** A request that programs repeat, or take their options from. */
export interface ExportedRequest {
  /** The service, without a slash at the end. */
  readonly service: string;
  readonly type: string;
  /** The name of the file that its body is saved as. */
  readonly file: string;
  readonly needsKey: boolean;
  readonly predictions: PredictionField;
  /** All options in force, by the names of the service. */
  readonly options: Options;
  /** The arrays of weights that the batch has. */
  readonly weights: readonly string[];
  /** Whether the batch's labels count from 1, and the body has 1 less. */
  readonly countsFromOne: boolean;
}

export const KEY_VARIABLE = 'FOCAL_LOSS_API_KEY';
