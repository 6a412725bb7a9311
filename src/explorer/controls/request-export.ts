import { type BatchFile, JSON_TYPE } from '../batch-files/batch-file.ts';
import { count } from '../format.ts';
import { find } from '../html.ts';
import { readApiKey } from '../service/api-key.ts';
import { copyText } from './copy-text.ts';

const LANGUAGES = ['curl', 'python'] as const;
type Language = (typeof LANGUAGES)[number];

interface ExportedRequest {
  readonly url: string;
  readonly type: string;
  readonly file: string;
  readonly needsKey: boolean;
}

/** Exports the latest request: its body as a download, and code that sends it. */
export class RequestExport {
  readonly #section: HTMLElement;
  readonly #download: HTMLAnchorElement;
  #request: ExportedRequest | null = null;

  constructor(section: HTMLElement) {
    this.#section = section;
    this.#download = find<HTMLAnchorElement>('.download', section);
    for (const language of LANGUAGES) {
      find(`[data-copy=${language}]`, section).addEventListener('click', () => this.#copy(language));
    }
  }

  show(file: BatchFile, body: Blob): void {
    const extension = file.type === JSON_TYPE ? 'json' : 'safetensors';
    const name = `${file.name.replace(/\.[^.]*$/, '').replaceAll(/[^\w.-]/g, '-')}.request.${extension}`;
    const url = new URL('v1/focal-loss', document.baseURI).href;
    this.#request = { url, type: file.type, file: name, needsKey: readApiKey() !== null };
    URL.revokeObjectURL(this.#download.href);
    this.#download.href = URL.createObjectURL(body);
    this.#download.download = name;
    this.#download.textContent = name;
    find('.size', this.#section).textContent = `${count(Math.max(1, body.size / 1000))}\u00a0kB`;
    for (const language of LANGUAGES) this.#codeElement(language).textContent = SNIPPETS[language](this.#request);
    find('[role=status]', this.#section).textContent = '';
  }

  async #copy(language: Language): Promise<void> {
    if (!this.#request) return;
    const status = find('[role=status]', this.#section);
    status.textContent = await copyText(SNIPPETS[language](this.#request), this.#codeElement(language));
  }

  #codeElement(language: Language): HTMLElement {
    return find(`[data-code=${language}]`, this.#section);
  }
}

const SNIPPETS: Readonly<Record<Language, (request: ExportedRequest) => string>> = {
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
      '    response = requests.post(',
      `        "${url}",`,
      '        data=batch,',
      '        headers={',
      `            "Content-Type": "${type}",`,
      '            "Accept": "application/json",',
      ...(needsKey ? ['            "Authorization": "Bearer " + os.environ["FOCAL_LOSS_API_KEY"],'] : []),
      '        },',
      '    )',
      'response.raise_for_status()',
      'print(response.json()["loss"])',
    ].join('\n'),
};
