import { find } from '../html.ts';
import { readApiKey } from '../service/api-key.ts';

/** The longest response that is shown: browsers take seconds to lay out more. */
const MAX_SHOWN = 200_000;

/** Sends the request in a form, and shows what the service responds. */
export async function sendTrial(form: HTMLFormElement): Promise<void> {
  const button = find<HTMLButtonElement>('button', form);
  const outcome = find('.outcome', form);
  const result = find('.result', form);
  button.disabled = true;
  outcome.textContent = 'Sending …';
  const start = performance.now();
  try {
    const response = await fetch(pathOf(form), requestOf(form));
    const text = await response.text();
    const ms = Math.round(performance.now() - start);
    const hint = response.status === 401 ? ' Enter an API key at the top of this page.' : '';
    outcome.textContent = `${response.status} ${response.statusText}, ${ms} ms.${hint}`;
    const shown = readable(text);
    result.textContent = shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}\n… (cut)` : shown;
    result.hidden = text === '';
  } catch {
    outcome.textContent = 'The service is unreachable. Check that it is running.';
    result.hidden = true;
  } finally {
    button.disabled = false;
  }
}

function pathOf(form: HTMLFormElement): string {
  const fields = [...form.querySelectorAll<HTMLInputElement>('[data-parameter]')];
  return fields.reduce(
    (path, { value, dataset }) => path.replace(`{${dataset.parameter}}`, () => encodeURIComponent(value)),
    form.dataset.path!,
  );
}

function requestOf(form: HTMLFormElement): RequestInit {
  const body = form.querySelector<HTMLTextAreaElement>('.body')?.value;
  const key = readApiKey();
  return {
    method: form.dataset.method!,
    headers: {
      accept: 'application/json, */*;q=0.5',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key && { authorization: `Bearer ${key}` }),
    },
    ...(body !== undefined && { body }),
  };
}

/** JSON with indentation, in which innermost arrays are one line; any other text as it is. */
function readable(text: string): string {
  try {
    const indented = JSON.stringify(JSON.parse(text), null, 2);
    return indented.replace(/\[\s+([^[\]{}"]*?)\s+\]/g, (_, items: string) => `[${items.replace(/\s+/g, ' ')}]`);
  } catch {
    return text;
  }
}
