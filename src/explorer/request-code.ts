import { apiKey } from './api-key.ts';
import { type BatchFile, JSON_TYPE } from './batch-file.ts';
import { count } from './format.ts';
import { find } from './html.ts';

const LANGUAGES = ['curl', 'python'] as const;
type Language = (typeof LANGUAGES)[number];

interface Request {
  readonly url: string;
  readonly type: string;
  readonly file: string;
  readonly needsKey: boolean;
}

/** The request that this page shows the answer of, to be sent from elsewhere: its file, and code that posts it. */
export class RequestCode {
  readonly #section: HTMLElement;
  readonly #download: HTMLAnchorElement;
  #request: Request | null = null;

  constructor(section: HTMLElement) {
    this.#section = section;
    this.#download = find<HTMLAnchorElement>('.download', section);
    for (const language of LANGUAGES) {
      find(`[data-copy=${language}]`, section).addEventListener('click', () => this.#copy(language));
    }
  }

  show(file: BatchFile, body: Blob): void {
    const ending = file.type === JSON_TYPE ? 'json' : 'safetensors';
    const name = `${file.name.replace(/\.[^.]*$/, '').replaceAll(/[^\w.-]/g, '-')}.request.${ending}`;
    const url = new URL('v1/focal-loss', document.baseURI).href;
    this.#request = { url, type: file.type, file: name, needsKey: apiKey() !== null };
    URL.revokeObjectURL(this.#download.href);
    this.#download.href = URL.createObjectURL(body);
    this.#download.download = name;
    this.#download.textContent = name;
    find('.size', this.#section).textContent = `${count(Math.max(1, body.size / 1000))}\u00a0kB`;
    for (const language of LANGUAGES) this.#codeOf(language).textContent = CODE[language](this.#request);
    find('[role=status]', this.#section).textContent = '';
  }

  async #copy(language: Language): Promise<void> {
    if (!this.#request) return;
    const status = find('[role=status]', this.#section);
    try {
      await navigator.clipboard.writeText(CODE[language](this.#request));
      status.textContent = 'Copied.';
    } catch {
      // Browsers keep the clipboard from pages that came over plain HTTP from another machine.
      getSelection()?.selectAllChildren(this.#codeOf(language));
      status.textContent = 'Selected: press Ctrl or ⌘ and C to copy.';
    }
  }

  #codeOf(language: Language): HTMLElement {
    return find(`[data-code=${language}]`, this.#section);
  }
}

const CODE: Readonly<Record<Language, (request: Request) => string>> = {
  curl: ({ url, type, file, needsKey }) =>
    [
      `curl ${url}`,
      `-H 'content-type: ${type}'`,
      `-H 'accept: application/json'`,
      ...(needsKey ? ['-H "authorization: Bearer $FOCAL_LOSS_API_KEY"'] : []),
      `--data-binary @${file}`,
    ].join(' \\\n  '),
  python: ({ url, type, file, needsKey }) =>
    [
      ...(needsKey ? ['import os', ''] : []),
      'import requests',
      '',
      `with open("${file}", "rb") as batch:`,
      '    answer = requests.post(',
      `        "${url}",`,
      '        data=batch,',
      '        headers={',
      `            "Content-Type": "${type}",`,
      '            "Accept": "application/json",',
      ...(needsKey ? ['            "Authorization": "Bearer " + os.environ["FOCAL_LOSS_API_KEY"],'] : []),
      '        },',
      '    )',
      'answer.raise_for_status()',
      'print(answer.json()["loss"])',
    ].join('\n'),
};
