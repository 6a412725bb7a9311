import { ASKED_FIELDS, type BatchFile } from './batch-file.ts';

/** Reads a JSON batch once, so that a change of options writes nothing but the options; null if there is none in it. */
export async function openJson(file: Blob): Promise<Pick<BatchFile, 'options' | 'body'> | null> {
  let batch: unknown;
  try {
    batch = JSON.parse(await file.text());
  } catch {
    return null;
  }
  if (typeof batch !== 'object' || batch === null || Array.isArray(batch)) return null;

  const fields = Object.entries(batch);
  const kept = new Blob(
    fields
      .filter(([name]) => !ASKED_FIELDS.has(name))
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)},`),
  );
  return {
    options: Object.fromEntries(fields.filter(([, value]) => !isLarge(value))),
    body: (changes) => new Blob(['{', kept, JSON.stringify(changes).slice(1)], { type: 'application/json' }),
  };
}

/** Predictions, labels and weights; not a list per class, which the page reads. */
function isLarge(value: unknown): boolean {
  return Array.isArray(value) && (Array.isArray(value[0]) || value.length > 20_000);
}
