import { describeType, valuesOf, withoutNull } from './describe-type.ts';
import { html, type Markup, withCode } from './markup.ts';
import { formsOf, referenceOf, type Schema } from './openapi-document.ts';

export type Components = Readonly<Record<string, Schema>>;

export interface FieldsOptions {
  readonly components: Components;
  /** In a request, null stands for what is not set, and is not mentioned with every field. */
  readonly ofRequest: boolean;
}

/** Those that refer to themselves. They have a section of their own, to which their fields link. */
export function isRecursive(name: string, components: Components): boolean {
  return JSON.stringify(components[name]).includes(`"#/components/schemas/${name}"`);
}

/** The fields of an object, or of the objects in an array, with everything inside them; undefined if there are none. */
export function renderFields(schema: Schema, options: FieldsOptions): Markup | undefined {
  const objects = objectsIn(schema, options.components);
  if (objects.length === 0) return undefined;
  return html`<dl class="fields">${objects.flatMap(({ properties = {}, required = [] }) =>
    Object.entries(properties).map(([name, field]) => renderField(name, field, required.includes(name), options)),
  )}</dl>`;
}

function renderField(name: string, given: Schema, required: boolean, options: FieldsOptions): Markup {
  const schema = options.ofRequest ? withoutNull(given) : given;
  const { components } = options;
  const reference = referenceOf(schema);
  const linked = reference !== undefined && isRecursive(reference, components) ? reference : undefined;
  const type = describeType(schema, (component) =>
    isRecursive(component, components) ? component : describeType(components[component]!, () => component),
  );
  const values = valuesOf(schema);
  return html`
<div class="field"><dt><code>${name}</code>
 <span class="type">${linked ? html`<a href="#${linked}">${type}</a>` : type}</span>${
   required && html` <span class="required">${options.ofRequest ? 'required' : 'always'}</span>`
 }${
   schema.default !== undefined &&
   html` <span class="default">default <code>${JSON.stringify(schema.default)}</code></span>`
 }</dt>
<dd>${values.length > 0 && html`<p class="values">One of ${joined(values)}</p>`}${
    schema.description !== undefined && html`<p>${withCode(schema.description)}</p>`
  }${
    schema.examples && html`<p class="examples">Example: ${joined(schema.examples)}</p>`
  }${renderFields(schema, options)}</dd></div>`;
}

function joined(values: readonly unknown[]): Markup {
  return html`${values.map((value, index) => html`${index > 0 && ', '}<code>${JSON.stringify(value)}</code>`)}`;
}

/** The objects that a value may be or contain, at the first level at which there are any. */
function objectsIn(schema: Schema, components: Components): readonly Schema[] {
  const reference = referenceOf(schema);
  if (reference !== undefined) {
    return isRecursive(reference, components) ? [] : objectsIn(components[reference]!, components);
  }
  if (schema.properties) return [schema];
  if (schema.items) return objectsIn(schema.items, components);
  return formsOf(schema).flatMap((form) => objectsIn(form, components));
}
