import { existsSync, readFileSync } from 'node:fs';

const SAMPLES = new URL('../../src/explorer/samples/', import.meta.url);
const FIXTURES = new URL('../fixtures/', import.meta.url);

/** A file of the explorer's sample batches: predictions of real models on real data. */
export function readSample(file: string): Buffer {
  return readFileSync(new URL(file, SAMPLES));
}

/** The request in a sample that is JSON. */
export function readSampleRequest(file: string) {
  return JSON.parse(readSample(file).toString());
}

/** The sample of this name as safetensors. Of the samples that are JSON, test/fixtures has it in that format. */
export function readSampleTensors(name: string): Buffer {
  const file = `${name}.safetensors`;
  const sample = new URL(file, SAMPLES);
  return readFileSync(existsSync(sample) ? sample : new URL(file, FIXTURES));
}
