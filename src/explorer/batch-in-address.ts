import type { PageState } from './address.ts';
import { SAMPLE_BATCHES, type SampleBatch, sampleId } from './samples/sample-batches.ts';

const FILE_PREFIX = 'file:';

/** The name of a user's file in an address. */
export function ownBatchId(fileName: string): string {
  return `${FILE_PREFIX}${fileName}`;
}

export function isOwnBatch(id: string | null): boolean {
  return id?.startsWith(FILE_PREFIX) === true;
}

/** The sample that an address names, the first if it names no batch, or null. */
export function sampleOf({ batch }: PageState): SampleBatch | null {
  if (batch === null) return SAMPLE_BATCHES[0]!;
  return SAMPLE_BATCHES.find((sample) => sampleId(sample) === batch) ?? null;
}

/** Whether the state of an address is one of this batch. Of files of the user, any may be the one that is chosen again. */
export function isStateOf({ batch }: PageState, id: string): boolean {
  return batch === null || batch === id || (isOwnBatch(batch) && isOwnBatch(id));
}

/** What to say of a batch that the page cannot open by its address. */
export function batchNote({ batch }: PageState): string | null {
  if (batch === null || sampleOf({ batch } as PageState)) return null;
  if (!isOwnBatch(batch)) return `There is no sample batch “${batch.slice(0, 40)}”: this is the first.`;
  const name = batch.slice(FILE_PREFIX.length, FILE_PREFIX.length + 80);
  return `This address is of your file “${name}”, which the page does not keep. Choose it again, and it opens with the same setting.`;
}
