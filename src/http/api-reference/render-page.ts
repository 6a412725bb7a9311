import { html, type Markup, withCode } from './markup.ts';
import type { OpenApiDocument, Operation } from './openapi-document.ts';
import { isRecursive, renderFields } from './render-fields.ts';
import { OperationRenderer } from './render-operation.ts';

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/**
 * The API reference: a page of everything in an OpenAPI document, readable without a script. Its links are relative, so that it
 * works behind a proxy that adds a prefix.
 */
export function renderPage({ info, tags, paths, components: { schemas } }: OpenApiDocument): string {
  const endpoints = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]): Endpoint => ({ method, path, operation })),
  );
  const groups = tags.map((tag) => ({
    ...tag,
    id: `tag-${tag.name.replaceAll(' ', '-')}`,
    endpoints: endpoints.filter(({ operation }) => operation.tags[0] === tag.name),
  }));
  const renderer = new OperationRenderer(schemas);
  const recursive = Object.keys(schemas).filter((name) => isRecursive(name, schemas));
  const errors = renderFields(schemas.Problem!, { components: schemas, ofRequest: false });
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="${info.summary}">
<title>API reference · ${info.title}</title>
<link rel="icon" href="explorer/styles/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="explorer/styles/base.css">
<link rel="stylesheet" href="explorer/styles/hero.css">
<link rel="stylesheet" href="explorer/styles/api-reference.css">
<script type="module" src="explorer/api-reference/main.js"></script>
</head>
<body class="reference">
<a class="skip-link" href="#reference">Skip to the reference</a>
<header class="masthead">
  <p class="wordmark">${info.title}</p>
  <nav aria-label="Other pages and documents">
    <a href=".">Explorer</a>
    <a href="openapi.json">OpenAPI 3.1: JSON</a>
    <a href="openapi.yaml">YAML</a>
    <a href="openapi-3.0.json">OpenAPI 3.0, for generators</a>
  </nav>
</header>
<div class="columns">
<nav class="contents" aria-label="Operations">
<details open><summary>Contents</summary>
${groups.map(
  ({ id, name, endpoints: ofGroup }) => html`<p><a href="#${id}">${name}</a></p>
<ul>${ofGroup.map(contentsEntry)}</ul>`,
)}
<p><a href="#problems">problems</a></p>
<p><a href="#shared-schemas">nested arrays</a></p>
</details>
</nav>
<main id="reference" tabindex="-1">
<h1>API reference</h1>
<p class="lead">${info.summary}</p>
<p>${withCode(info.description)}</p>
${renderKeyForm()}
${groups.map(
  ({ id, name, description, endpoints: ofGroup }) => html`<section aria-labelledby="${id}">
<h2 id="${id}">${name}</h2>
<p>${description}</p>
${ofGroup.map(({ method, path, operation }) => renderer.render(method, path, operation))}
</section>`,
)}
<section class="reading" aria-labelledby="problems">
<h2 id="problems">problems</h2>
<p>${withCode(schemas.Problem!.description ?? '')} Every error has this form, as <code>application/problem+json</code>; under
<code>/v2</code> it is <code>application/json</code>, with the <code>error</code> of the Open Inference Protocol beside it.</p>
${errors}
</section>
<section class="reading" aria-labelledby="shared-schemas">
<h2 id="shared-schemas">nested arrays</h2>
<dl class="fields">${recursive.map(
    (name) => html`<div class="field" id="${name}"><dt><code>${name}</code></dt>
<dd><p>${withCode(schemas[name]!.description ?? '')}</p></dd></div>`,
  )}</dl>
</section>
</main>
</div>
<footer><p>${info.title} ${info.version}</p></footer>
</body>
</html>
`.text;
}

function contentsEntry({ method, path, operation }: Endpoint): Markup {
  return html`<li><a href="#${operation.operationId}"><span class="method">${method.toUpperCase()}</span> ${path}</a></li>`;
}

function renderKeyForm(): Markup {
  return html`<form class="key" aria-label="API key">
<label for="api-key">API key, if the service requires one</label>
<input id="api-key" type="password" autocomplete="off" spellcheck="false">
<button type="submit" disabled>Use this key</button> <span role="status"></span>
<p class="note">Requests from this page and the explorer send it. It is stored in this tab only; closing the tab deletes it.</p>
</form>`;
}
