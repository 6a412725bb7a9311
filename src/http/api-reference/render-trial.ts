import { formatJson } from './format-json.ts';
import { html, jsonData, type Markup } from './markup.ts';
import type { Operation } from './openapi-document.ts';

const JSON_TYPE = 'application/json';

/** The form that sends a request of an operation, with its examples to select from. The page's script enables it. */
export function renderTrial(
  method: string,
  path: string,
  { operationId: id, requestBody, parameters }: Operation,
): Markup {
  const examples = Object.entries(requestBody?.content?.[JSON_TYPE]?.examples ?? {});
  const texts = Object.fromEntries(examples.map(([name, { value }]) => [name, formatJson(value)]));
  const [first] = Object.values(texts);
  return html`
<form class="trial" data-method="${method.toUpperCase()}" data-path="${path.slice(1)}" aria-label="Try ${method.toUpperCase()} ${path}">
${parameters
  ?.filter((parameter) => parameter.in === 'path')
  .map(
    ({ name }) => html`<label for="${id}-${name}">${name}</label>
<input id="${id}-${name}" data-parameter="${name}" value="batch" autocomplete="off" spellcheck="false">`,
  )}
${
  first !== undefined &&
  html`<label for="${id}-example">Example</label>
<select id="${id}-example" class="example">${examples.map(
    ([name, { summary }]) => html`<option value="${name}">${summary}</option>`,
  )}</select>
<script type="application/json" class="example-texts">${jsonData(texts)}</script>
<label for="${id}-body">Body, in JSON</label>
<textarea id="${id}-body" class="body" rows="${Math.min(18, first.split('\n').length + 1)}" spellcheck="false" autocapitalize="off" autocomplete="off">
${first}</textarea>`
}
<p class="actions"><button type="submit" disabled>Send</button> <span class="outcome" role="status"></span></p>
<pre class="result" tabindex="0" role="region" aria-label="Response of ${id}" hidden></pre>
</form>`;
}
