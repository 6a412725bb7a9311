import { html } from '../html.ts';

export interface ExportItem {
  readonly label: string;
  /** Saves the file. */
  readonly save: () => void | Promise<void>;
}

/**
 * A small menu below a figure's caption. It is a disclosure with buttons, which every keyboard and screen reader can use; Escape
 * and a click elsewhere close it.
 *
 * @param subject what is saved, for assistive technology: pages have many of these menus
 */
export function createExportMenu(subject: string, items: readonly ExportItem[]): HTMLElement {
  const name = html('span', { class: 'visually-hidden' }, ` ${subject}`);
  const summary = html('summary', {}, 'Save', name);
  const status = html('span', { class: 'export-status', role: 'status' });
  const menu = html('details', { class: 'export-menu' }, summary);
  const buttons = items.map(({ label, save }) => {
    const button = html('button', { type: 'button' }, label);
    button.addEventListener('click', async () => {
      try {
        await save();
        status.textContent = 'Saved.';
        menu.open = false;
        summary.focus();
      } catch (error) {
        status.textContent = error instanceof Error ? error.message : String(error);
      }
    });
    return button;
  });
  menu.append(html('div', { class: 'export-items' }, ...buttons));
  menu.addEventListener('toggle', () => {
    if (menu.open) status.textContent = '';
  });
  menu.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !menu.open) return;
    menu.open = false;
    summary.focus();
  });
  menu.addEventListener('focusout', ({ relatedTarget }) => {
    // A click that focuses nothing, as on the page, closes it as well; saving moves the focus itself.
    if (relatedTarget instanceof Node && !menu.contains(relatedTarget)) menu.open = false;
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (target instanceof Node && !menu.contains(target)) menu.open = false;
  });
  return html('div', { class: 'export-menu' }, menu, status);
}
