import { type BatchContent, JSON_TYPE, OVERRIDDEN_FIELDS } from './batch-file.ts';

/** Reads a JSON batch and serializes its arrays once, not with each request. Null if the file is no JSON object. */
export async function openJson(file: Blob): Promise<BatchContent | null> {
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
      .filter(([name]) => !OVERRIDDEN_FIELDS.has(name))
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)},`),
  );
  return {
    options: Object.fromEntries(fields.filter(([, value]) => !isLarge(value))),
    body: (changes) => new Blob(['{', kept, JSON.stringify(changes).slice(1)], { type: JSON_TYPE }),
  };
}

/** Predictions, labels and weights are large. A list with one number per class is not: the page reads it. */
function isLarge(value: unknown): boolean {
  return Array.isArray(value) && (Array.isArray(value[0]) || value.length > 20_000);
}
