import { find } from '../html.ts';
import { readApiKey, storeApiKey } from '../service/api-key.ts';
import { apiKeyFault } from '../service/api-key-format.ts';
import { sendTrial } from './send-trial.ts';

// The page at /docs is readable without this script, which sends requests and selects examples.

const ONE_COLUMN = '(max-width: 64rem)';

// On a phone the contents would be two screens before the reference.
find<HTMLDetailsElement>('.contents details').open = !matchMedia(ONE_COLUMN).matches;

const keyForm = find<HTMLFormElement>('form.key');
const keyField = find<HTMLInputElement>('input', keyForm);
const keyStatus = find('[role=status]', keyForm);
keyField.value = readApiKey() ?? '';
keyForm.addEventListener('submit', (event) => {
  event.preventDefault();
  const key = keyField.value.trim();
  const fault = apiKeyFault(key);
  keyStatus.textContent = fault || (key === '' ? 'No key is sent.' : 'This key is sent.');
  if (!fault) storeApiKey(key);
});

for (const form of document.querySelectorAll<HTMLFormElement>('form.trial')) {
  const texts = form.querySelector('.example-texts')?.textContent;
  const select = form.querySelector<HTMLSelectElement>('.example');
  select?.addEventListener('change', () => {
    const body = find<HTMLTextAreaElement>('.body', form);
    body.value = (JSON.parse(texts!) as Record<string, string>)[select.value]!;
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void sendTrial(form);
  });
}

for (const button of document.querySelectorAll<HTMLButtonElement>('form button')) button.disabled = false;
