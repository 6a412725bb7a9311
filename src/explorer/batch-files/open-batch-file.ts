import { type BatchFile, JSON_TYPE, SAFETENSORS_TYPE } from './batch-file.ts';
import { openJson } from './json-batch.ts';
import { openSafetensors } from './safetensors-batch.ts';

/** The offset of a safetensors file's JSON header. */
const HEADER_START = 8;

/**
 * Opens a file. Its content decides on the format, and its name only if the content does not. A file that the page cannot
 * read is sent unchanged, and the service's response says what is wrong with it.
 */
export async function openBatchFile(name: string, file: Blob): Promise<BatchFile> {
  const start = await file.slice(0, HEADER_START + 1).text();
  const isSafetensors = start.trimStart()[0] !== '{' && (name.endsWith('.safetensors') || start.at(-1) === '{');
  const content = isSafetensors ? await openSafetensors(file) : await openJson(file);
  return {
    name,
    type: isSafetensors ? SAFETENSORS_TYPE : JSON_TYPE,
    ...(content ?? { options: {}, body: () => file }),
  };
}
