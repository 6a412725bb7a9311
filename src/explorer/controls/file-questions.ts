import type { Answers, Question, QuestionField } from '../batch-files/question.ts';
import { find, html } from '../html.ts';

/** Asks what a file does not tell, such as which of its arrays has the labels. */
export class FileQuestions {
  readonly #form: HTMLFormElement;
  #reply: ((answers: Answers) => void) | null = null;
  #fields: readonly QuestionField[] = [];

  constructor(form: HTMLFormElement) {
    this.#form = form;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const data = new FormData(form);
      const answers = Object.fromEntries(this.#fields.map(({ name }) => [name, data.getAll(name).map(String)]));
      this.close();
      this.#reply?.(answers);
    });
  }

  /** The promise stays pending if the form is closed without an answer. */
  askUser({ title, note, fields }: Question): Promise<Answers> {
    this.#fields = fields;
    find('h2', this.#form).textContent = title;
    find('.note', this.#form).textContent = note;
    find('.questions', this.#form).replaceChildren(...fields.map(createField));
    this.#form.hidden = false;
    this.#form.scrollIntoView({ block: 'nearest' });
    find<HTMLElement>('select, input', this.#form).focus();
    return new Promise((resolve) => {
      this.#reply = resolve;
    });
  }

  close(): void {
    this.#form.hidden = true;
  }
}

function createField({ name, label, choices, values, allowsSeveral = false }: QuestionField): HTMLElement {
  if (allowsSeveral) {
    const boxes = choices.map(({ value, text }) => {
      const box = html('input', { type: 'checkbox', name, value });
      box.checked = values.includes(value);
      return html('label', { class: 'toggle' }, box, text);
    });
    return html('fieldset', {}, html('legend', {}, label), html('div', { class: 'boxes' }, ...boxes));
  }
  const id = `question-${name}`;
  const select = html('select', { name, id }, ...choices.map(({ value, text }) => html('option', { value }, text)));
  select.value = values[0] ?? '';
  return html('div', {}, html('label', { for: id }, label), ' ', select);
}
