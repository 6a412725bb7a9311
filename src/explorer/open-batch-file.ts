import { type BatchFile, JSON_TYPE, SAFETENSORS_TYPE } from './batch-file.ts';
import { openJson } from './json-file.ts';
import { openSafetensors } from './safetensors-file.ts';

/** Where a safetensors file's JSON header begins. */
const HEADER_START = 8;

/**
 * Opens a file by what is in it, whatever its name. One that can't be read here is sent as it is: the service tells what
 * is wrong with it.
 */
export async function openBatchFile(name: string, file: Blob): Promise<BatchFile> {
  const start = await file.slice(0, HEADER_START + 1).text();
  const isSafetensors = start.trimStart()[0] !== '{' && (name.endsWith('.safetensors') || start.at(-1) === '{');
  const opened = isSafetensors ? await openSafetensors(file) : await openJson(file);
  return { name, type: isSafetensors ? SAFETENSORS_TYPE : JSON_TYPE, ...(opened ?? { options: {}, body: () => file }) };
}
