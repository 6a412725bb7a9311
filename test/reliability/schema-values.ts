/** The keywords of a JSON schema that determine its values. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
}

const HOSTILE: readonly unknown[] = [
  null,
  true,
  '',
  'NaN',
  '0',
  -1,
  0,
  1e39,
  -1e308,
  2 ** 53,
  1e-320,
  0.1,
  [],
  {},
  [[]],
  [null],
  [[1], [2, 3]],
  'é𝄞\u0000',
  '../../etc/passwd',
  { __proto__: null, constructor: 1 },
  'x'.repeat(300),
  [1, [2]],
  [[[[[[1]]]]]],
  2147483648,
  -0.5,
];
const STRANGE_NAMES = ['__proto__', 'constructor', 'toString', '', 'logit', 'Labels', 'a'.repeat(200), '\u0000'];
const MAX_DEPTH = 6;
const HOSTILITY = 0.04;

/** Generates values that a schema allows, and sometimes others in their place. */
export class SchemaValues {
  readonly #schemas: Readonly<Record<string, object>>;
  readonly #random: () => number;

  /** @param schemas by the last part of their references */
  constructor(schemas: Readonly<Record<string, object>>, random: () => number) {
    this.#schemas = schemas;
    this.#random = random;
  }

  value(schema: Schema, depth = 0): unknown {
    if (depth > 0 && this.#random() < HOSTILITY) return this.#pick(HOSTILE);
    if (schema.$ref) return this.value(this.#schemas[schema.$ref.split('/').at(-1)!] as Schema, depth);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return this.#pick(schema.enum);
    const choices = schema.anyOf ?? (schema.properties ? undefined : schema.oneOf);
    if (choices) return this.value(depth >= MAX_DEPTH ? choices[0]! : this.#pick(choices), depth + 1);
    if (schema.allOf) return this.value(schema.allOf[0]!, depth);
    const type =
      typeof schema.type === 'string' ? schema.type : this.#pick(schema.type ?? ['string', 'number', 'array']);
    switch (type) {
      case 'object':
        return this.#object(schema, depth);
      case 'array':
        return this.#array(schema, depth);
      case 'integer':
        return Math.round(this.#number(schema));
      case 'number':
        return this.#number(schema);
      case 'boolean':
        return this.#random() < 0.5;
      case 'null':
        return null;
      default:
        return this.#pick(['', 'a', 'logits', 'labels', 'é', '0.5', '[1, 2]', 'sigmoid']);
    }
  }

  #object({ properties = {}, required = [], oneOf }: Schema, depth: number): object {
    const needed = new Set([...required, ...(oneOf ? (this.#pick(oneOf).required ?? []) : [])]);
    const object: Record<string, unknown> = {};
    for (const [name, schema] of Object.entries(properties)) {
      if (needed.has(name) ? this.#random() < 0.97 : this.#random() < 0.15)
        object[name] = this.value(schema, depth + 1);
    }
    if (this.#random() < HOSTILITY) {
      const name = this.#pick(STRANGE_NAMES);
      Object.defineProperty(object, name, { value: this.#pick(HOSTILE), enumerable: true, configurable: true });
    }
    return object;
  }

  #array({ items = {} }: Schema, depth: number): unknown[] {
    const length = Math.floor(4 * this.#random());
    return Array.from({ length }, () => this.value(items, depth + 1));
  }

  #number({ minimum = -10, maximum = 10 }: Schema): number {
    const span = Math.min(maximum, minimum + 20) - minimum;
    return this.#random() < 0.3 ? Math.round(minimum + span * this.#random()) : minimum + span * this.#random();
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}
