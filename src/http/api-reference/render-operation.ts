import { describeType } from './describe-type.ts';
import { formatJson } from './format-json.ts';
import { html, type Markup, withCode } from './markup.ts';
import { type Body, type Operation, referenceOf } from './openapi-document.ts';
import { type FieldsOptions, renderFields } from './render-fields.ts';
import { renderTrial } from './render-trial.ts';

/** Renders the operations of a page. A schema that several have is shown with the first of them; the others link to it. */
export class OperationRenderer {
  readonly #components: FieldsOptions['components'];
  /** The operation that shows each component. */
  readonly #shown = new Map<string, string>();

  constructor(components: FieldsOptions['components']) {
    this.#components = components;
  }

  render(method: string, path: string, operation: Operation): Markup {
    const { operationId: id, summary, description, requestBody, parameters = [], responses, security } = operation;
    return html`
<section class="operation" id="${id}">
<div class="reading">
<h3>${summary}</h3>
<p class="endpoint"><span class="method">${method.toUpperCase()}</span> <code>${path}</code>${
      security?.length === 0 && html` <span class="note">needs no API key</span>`
    }</p>
${description !== undefined && html`<p>${withCode(description)}</p>`}
${parameters.length > 0 && html`<h4>Parameters</h4><dl class="fields">${parameters.map(renderParameter)}</dl>`}
${requestBody && html`<h4>Request body</h4>${this.#bodies(id, requestBody, true)}`}
${Object.entries(responses)
  .filter(([status]) => status === '200')
  .map(([status, response]) => this.#response(id, status, response))}
${renderErrors(responses)}
</div>
${renderTrial(method, path, operation)}
</section>`;
  }

  #response(id: string, status: string, response: Body): Markup {
    const example = Object.values(response.content?.['application/json']?.examples ?? {})[0];
    const text = Object.values(response.content?.['text/plain']?.examples ?? {})[0];
    return html`<details><summary>Response ${status}: ${response.description ?? ''}</summary>
${this.#bodies(id, response, false)}
${example && html`<h4>Example: ${example.summary}</h4>${preformatted(`${id}: example`, formatJson(example.value))}`}
${text && html`<h4>Example: ${text.summary}</h4>${preformatted(`${id}: example`, String(text.value))}`}
</details>`;
  }

  #bodies(id: string, { content = {} }: Body, ofRequest: boolean): Markup {
    const types = new Map<string, string[]>();
    for (const [type, { schema }] of Object.entries(content)) {
      const name = referenceOf(schema) ?? '';
      types.set(name, [...(types.get(name) ?? []), type]);
    }
    return html`${[...types].map(([name, mediaTypes]) => {
      const schema = this.#components[name];
      return html`<p class="media-types">${mediaTypes.map((type, index) => html`${index > 0 && ' or '}<code>${type}</code>`)}</p>
${schema && this.#component(id, name, ofRequest)}`;
    })}`;
  }

  #component(id: string, name: string, ofRequest: boolean): Markup {
    const earlier = this.#shown.get(name);
    if (earlier !== undefined) {
      return html`<p><code>${name}</code>, as for <a href="#${earlier}"><code>${earlier}</code></a>.</p>`;
    }
    this.#shown.set(name, id);
    const schema = this.#components[name]!;
    const fields = renderFields(schema, { components: this.#components, ofRequest });
    return html`${schema.description !== undefined && html`<p>${withCode(schema.description)}</p>`}${
      fields ?? html`<p class="type">${describeType(schema, (component) => component)}</p>`
    }`;
  }
}

function renderParameter({
  name,
  in: place,
  required,
  description,
  schema,
}: NonNullable<Operation['parameters']>[number]): Markup {
  return html`<div class="field"><dt><code>${name}</code> <span class="type">${place}, ${describeType(schema, String)}</span>${
    required && html` <span class="required">required</span>`
  }</dt><dd><p>${withCode(description ?? schema.description ?? '')}</p></dd></div>`;
}

function renderErrors(responses: Operation['responses']): Markup | false {
  const errors = Object.entries(responses).filter(([status]) => Number(status) >= 400);
  const items = errors.flatMap(([status, { content = {} }]) =>
    Object.values(content).flatMap(({ examples = {} }) =>
      Object.entries(examples).map(([code, { summary, value }]) => {
        const { detail } = value as { detail: string };
        return html`<div><dt>${status} <code>${code}</code></dt><dd>${summary}. <span class="note">Such as: ${detail}</span></dd></div>`;
      }),
    ),
  );
  return (
    items.length > 0 &&
    html`<details><summary>Errors: ${[...new Set(errors.map(([status]) => status))].join(', ')}</summary><dl class="errors">${items}</dl></details>`
  );
}

function preformatted(label: string, text: string): Markup {
  return html`<pre tabindex="0" role="region" aria-label="${label}">${text}</pre>`;
}
