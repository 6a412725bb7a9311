import type { AddressedSetting } from './address.ts';
import type { LossConfiguration } from './loss-configuration.ts';
import type { BatchEvaluator } from './service/batch-evaluator.ts';

/** The setting that a file has, without an address. */
export const OF_FILE: AddressedSetting = { gamma: 'file', alpha: 'file', changes: {} };

/** What an address means for a batch: the hyperparameters that it leaves out are those of the file. */
export function resolveConfiguration(
  { gamma, alpha, changes }: AddressedSetting,
  evaluator: BatchEvaluator,
): LossConfiguration {
  const { gamma: ofFile, classGammas } = evaluator.fileGamma;
  const ownGamma = classGammas ? { gamma: ofFile, classGammas } : { gamma: ofFile };
  return {
    parameters: {
      ...(gamma === 'file' ? ownGamma : { gamma }),
      alpha: alpha === 'file' ? evaluator.alphaWith(changes) : alpha,
    },
    changes,
  };
}
