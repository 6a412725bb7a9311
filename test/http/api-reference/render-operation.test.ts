import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation, Schema } from '../../../src/http/api-reference/openapi-document.ts';
import { OperationRenderer } from '../../../src/http/api-reference/render-operation.ts';

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const COMPONENTS: Readonly<Record<string, Schema>> = {
  Batch: {
    type: 'object',
    description: 'A `batch`.',
    required: ['logits'],
    properties: {
      logits: { ...reference('Nested'), description: 'Of any shape.' },
      gamma: { type: ['number', 'null'], minimum: 0, default: 2, examples: [0, 2.5] },
      reduction: { enum: ['mean', 'sum', null] },
      schemes: { type: 'array', items: { type: 'object', properties: { beta: { type: 'number' } } } },
    },
  },
  Nested: { anyOf: [{ type: 'number' }, { type: 'array', items: reference('Nested') }] },
};

const OPERATION: Operation = {
  operationId: 'computeLoss',
  summary: 'Compute <it>',
  description: 'Needs `logits`.',
  tags: ['loss'],
  security: [],
  parameters: [{ name: 'region', in: 'path', required: true, schema: { type: 'string' }, description: 'A `name`.' }],
  requestBody: {
    content: {
      'application/json': {
        schema: reference('Batch'),
        examples: { small: { summary: 'Small', value: { logits: [1] } } },
      },
      'application/x-npz': { schema: reference('Batch') },
    },
  },
  responses: {
    '200': {
      description: 'The loss.',
      content: {
        'application/json': { schema: reference('Batch'), examples: { one: { summary: 'One', value: [1] } } },
      },
    },
    '422': {
      content: {
        'application/problem+json': {
          schema: reference('Batch'),
          examples: { invalid_request: { summary: 'It is wrong', value: { detail: 'got <7>' } } },
        },
      },
    },
  },
};

const rendered = new OperationRenderer(COMPONENTS)
  .render('post', '/v1/{region}', OPERATION)
  .text.replaceAll(/\s+/g, ' ');

for (const [what, part] of Object.entries({
  'its name, method and path':
    '<h3>Compute &lt;it&gt;</h3> <p class="endpoint"><span class="method">POST</span> <code>/v1/{region}</code> <span class="note">needs no API key</span></p>',
  'a parameter':
    '<dt><code>region</code> <span class="type">path, string</span> <span class="required">required</span></dt><dd><p>A <code>name</code>.</p></dd>',
  'the media types of a schema together': '<code>application/json</code> or <code>application/x-npz</code>',
  'a field that refers to itself, as a link':
    '<dt><code>logits</code> <span class="type"><a href="#Nested">Nested</a></span> <span class="required">required</span></dt> <dd><p>Of any shape.</p></dd>',
  'a field with its range, default and examples':
    '<dt><code>gamma</code> <span class="type">number ≥ 0</span> <span class="default">default <code>2</code></span></dt> <dd><p class="examples">Example: <code>0</code>, <code>2.5</code></p></dd>',
  'the values of a field, without null':
    '<p class="values">One of <code>&quot;mean&quot;</code>, <code>&quot;sum&quot;</code></p>',
  'the fields of the objects in a list':
    '<code>schemes</code> <span class="type">array of objects</span></dt> <dd><dl class="fields"> <div class="field"><dt><code>beta</code>',
  'the response, whose schema is above': '<summary>Response 200: The loss.</summary>',
  'a link to where a schema is': '<code>Batch</code>, as for <a href="#computeLoss"><code>computeLoss</code></a>.',
  'an example of the response':
    '<h4>Example: One</h4><pre tabindex="0" role="region" aria-label="computeLoss: example">[1]</pre>',
  'errors by code':
    '<summary>Errors: 422</summary><dl class="errors"><div><dt>422 <code>invalid_request</code></dt><dd>It is wrong. <span class="note">Such as: got &lt;7&gt;</span></dd></div></dl>',
  'a form with the path, its parameter and an example':
    '<form class="trial" data-method="POST" data-path="v1/{region}" aria-label="Try POST /v1/{region}"> <label for="computeLoss-region">region</label>',
  'the example in the form':
    '<script type="application/json" class="example-texts">{"small":"{ \\"logits\\": [1] }"}</script>',
})) {
  test(`an operation has ${what}`, () => {
    assert.ok(rendered.includes(part), rendered);
  });
}

test('an operation without parameters, body or security has none of their headings', () => {
  const { text } = new OperationRenderer(COMPONENTS).render('get', '/metrics', {
    operationId: 'metrics',
    summary: 'Metrics',
    tags: [],
    responses: {
      '200': {
        description: 'Text.',
        content: { 'text/plain': { schema: { type: 'string' }, examples: { a: { summary: 'A', value: 'x 1\n' } } } },
      },
    },
  });
  for (const part of ['Parameters', 'Request body', 'needs no API key', 'Errors', '<textarea']) {
    assert.ok(!text.includes(part), part);
  }
  assert.match(text, /Example: A<\/h4><pre [^>]*>x 1\n<\/pre>/);
});
