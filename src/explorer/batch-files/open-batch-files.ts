import { arrayBatch } from './array-batch.ts';
import { type BatchContent, type BatchFile, JSON_TYPE, PREDICTION_FIELDS, SAFETENSORS_TYPE } from './batch-file.ts';
import { openCsv } from './csv-batch.ts';
import { FileError } from './file-error.ts';
import { openJson } from './json-batch.ts';
import { type NpyArray, readNpy } from './npy-array.ts';
import { isNpy } from './npy-header.ts';
import type { AskUser } from './question.ts';
import { readSafetensors } from './safetensors-file.ts';
import { tensorBatch } from './tensor-batch.ts';
import { readZip } from './zip-entries.ts';

const START_BYTES = 16;
/** The offset of a safetensors file's JSON header. */
const HEADER_START = 8;
/** A file with a batch in Python's own format, or PyTorch's, which is a ZIP archive of them. */
const PICKLES = /\.(?:pkl|pickle|pt|pth|joblib)$/i;
/** A file without an extension may be anything. */
const OTHER_EXTENSION = /\.(?!json$)[a-z][a-z0-9]*$/i;

type NamedBlob = Blob & { readonly name?: string };

/**
 * Opens a file, or several .npy files, one for each array.
 *
 * @throws {FileError} if the page knows the format, and cannot read the file
 */
export async function openBatchFiles(files: readonly NamedBlob[], askUser: AskUser): Promise<BatchFile> {
  const names = files.map(({ name }) => name ?? '');
  if (files.length === 1) return openBatchFile(names[0]!, files[0]!, askUser);
  const arrays: NpyArray[] = [];
  for (const file of files) {
    const name = file.name ?? '';
    if (!isNpy(await startOf(file))) {
      throw new FileError(
        `Expected one file, or several .npy files with an array each; got ${names.slice(0, 5).join(', ')}.`,
      );
    }
    arrays.push(await readNpy(stem(name), file));
  }
  if (new Set(arrays.map(({ name }) => name)).size < arrays.length) {
    throw new FileError(`Expected files of different names, got ${names.slice(0, 5).join(', ')}.`);
  }
  return { name: names.join(' + '), type: SAFETENSORS_TYPE, ...(await arrayBatch(arrays, askUser)) };
}

/**
 * Opens a file. Its content decides on the format, and its name only if the content does not. JSON and safetensors that the page
 * cannot read are sent unchanged, and the service's response says what is wrong with them.
 */
async function openBatchFile(name: string, file: Blob, askUser: AskUser): Promise<BatchFile> {
  if (file.size === 0) throw new FileError(`${name} is empty. Save the batch again.`);
  const start = await startOf(file);
  if (PICKLES.test(name)) {
    throw new FileError(
      `Expected a file of arrays, got ${name}, which may run code when it is opened. Save the batch by one of the programs below “Choose a file”.`,
    );
  }
  if (isNpy(start)) {
    throw new FileError(
      `${name} is one array. Choose or drop two files together, the predictions and the labels, or save both with np.savez.`,
    );
  }
  if (start[0] === 0x50 && start[1] === 0x4b)
    return { name, type: SAFETENSORS_TYPE, ...(await openNpz(file, askUser)) };
  const text = new TextDecoder().decode(start);
  const isJson = text.trimStart()[0] === '{';
  if (!isJson && (name.endsWith('.safetensors') || text[HEADER_START] === '{')) {
    return sendable(name, SAFETENSORS_TYPE, file, await openSafetensors(file, askUser));
  }
  if (!isJson && /\.(?:csv|tsv|txt)$/i.test(name)) {
    return { name, type: SAFETENSORS_TYPE, ...(await openCsv(file, askUser)) };
  }
  if (!isJson && OTHER_EXTENSION.test(name)) {
    throw new FileError(
      `The bytes of ${name} are in none of the formats that the page reads: .npz, two .npy, .safetensors, .csv, .tsv, .json.`,
    );
  }
  return sendable(name, JSON_TYPE, file, await openJson(file));
}

function sendable(name: string, type: BatchFile['type'], file: Blob, content: BatchContent | null): BatchFile {
  return { name, type, ...(content ?? { options: {}, facts: null, body: async () => file }) };
}

async function openSafetensors(file: Blob, askUser: AskUser): Promise<BatchContent | null> {
  const content = await readSafetensors(file);
  if (!content) return null;
  const { tensors, metadata } = content;
  const names = tensors.map(({ name }) => name);
  const isRequest =
    names.includes('labels') || names.some((name) => (PREDICTION_FIELDS as readonly string[]).includes(name));
  // Other names are those of a program that knows nothing of the service.
  if (isRequest || tensors.length < 2) return tensorBatch(tensors, metadata);
  const { format: _writtenBy, ...options } = metadata;
  return arrayBatch(tensors, askUser, options);
}

async function openNpz(file: Blob, askUser: AskUser): Promise<BatchContent> {
  const entries = await readZip(file);
  const arrays: NpyArray[] = [];
  for (const { name, data } of entries) arrays.push(await readNpy(stem(name), data));
  return arrayBatch(arrays, askUser);
}

async function startOf(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(0, START_BYTES).arrayBuffer());
}

function stem(name: string): string {
  return name.replace(/\.npy$/i, '');
}
