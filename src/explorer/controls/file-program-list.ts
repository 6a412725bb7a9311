import { FILE_PROGRAMS } from '../batch-files/file-programs.ts';
import { find, html } from '../html.ts';
import { copyText } from './copy-text.ts';

/** Shows how each framework writes a file that the page opens. */
export class FileProgramList {
  constructor(root: HTMLElement) {
    const select = find<HTMLSelectElement>('select', root);
    const code = find('code', root);
    const status = find('[role=status]', root);
    select.append(...FILE_PROGRAMS.map(({ framework }) => html('option', {}, framework)));
    const show = () => {
      code.textContent = FILE_PROGRAMS.find(({ framework }) => framework === select.value)!.code;
      status.textContent = '';
    };
    select.addEventListener('change', show);
    find('button', root).addEventListener('click', async () => {
      status.textContent = await copyText(code.textContent ?? '', code);
    });
    show();
  }
}
