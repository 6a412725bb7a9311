import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { Connection, headerOf, requestHead, type TimedResponse } from '../harness/connection.ts';
import type { Service } from '../harness/service-process.ts';
import { readNpzFile } from '../helpers/npz-file.ts';
import { readTensorFile } from '../helpers/tensor-file.ts';

interface Operation {
  readonly responses: Record<string, { readonly content: Record<string, { readonly schema: object }> }>;
}

/** The OpenAPI document that a service serves. */
export interface OpenApiDocument {
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

/** Documented, but never right for these requests: they report a failure of the service. */
const FAILURES = [500, 503];

const schemaRef = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const PROBLEM = schemaRef('Problem');
const INFERENCE_PROBLEM = schemaRef('InferenceProblem');
const INFERENCE_RESPONSE = schemaRef('InferenceResponse');

/** Checks responses against the OpenAPI document. */
export class OpenApiChecker {
  readonly document: OpenApiDocument;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });
  readonly #validators = new Map<object, ValidateFunction>();

  private constructor(document: OpenApiDocument) {
    this.document = document;
    this.#ajv.addSchema(document, 'openapi');
  }

  static async for({ address }: Service): Promise<OpenApiChecker> {
    const connection = await Connection.open(address);
    const { body } = await connection.send(requestHead('GET', '/openapi.json'), { keepBody: true });
    connection.close();
    return new OpenApiChecker(JSON.parse(`${body}`));
  }

  /** @returns how a response differs from the document, or undefined */
  issue(method: string, path: string, { status, head, body }: TimedResponse): string | undefined {
    if (FAILURES.includes(status)) return `${status}`;
    const operation = this.document.paths[path]?.[method.toLowerCase()];
    const type = headerOf(head, 'content-type')?.split(';')[0] ?? 'none';
    if (headerOf(head, 'x-request-id') === undefined) return `${status} without X-Request-Id`;
    if (status === 429 && !/^\d+$/.test(headerOf(head, 'retry-after') ?? '')) return '429 without Retry-After';
    if (!operation) return this.#unknownPath(path, status, type, body);
    const content = operation.responses[String(status)]?.content;
    if (!content) return `undocumented status ${status}`;
    const media = content[type];
    if (!media) return `undocumented type ${type} of ${status}`;
    if (type === 'text/plain') return undefined; // Any text is as documented.
    if (type.includes('json')) return this.#invalid(media.schema, `${body}`);
    return path.startsWith('/v2') ? this.#inference(head, body) : unreadableFile(body);
  }

  /** Whether a status is one that the document lists, other than for a failure of the service. */
  allows(method: string, path: string, status: number): boolean {
    const { responses } = this.document.paths[path]![method.toLowerCase()]!;
    return !FAILURES.includes(status) && Object.hasOwn(responses, status);
  }

  /** An undocumented path or method must give 404 or 405. */
  #unknownPath(path: string, status: number, type: string, body: Buffer): string | undefined {
    if (![404, 405].includes(status)) return `${status} for a path or method that is not documented`;
    const inference = /^\/v2(?:[/?]|$)/.test(path);
    if (type !== (inference ? 'application/json' : 'application/problem+json')) return `a problem as ${type}`;
    return this.#invalid(inference ? INFERENCE_PROBLEM : PROBLEM, `${body}`);
  }

  #invalid(schema: object, text: string): string | undefined {
    let validate = this.#validators.get(schema);
    if (!validate) {
      const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/'));
      validate = this.#ajv.compile(absolute);
      this.#validators.set(schema, validate);
    }
    return validate(parse(text)) ? undefined : `${this.#ajv.errorsText(validate.errors)}: ${text.slice(0, 300)}`;
  }

  /** JSON, followed by as many bytes as it announces. */
  #inference(head: string, body: Buffer): string | undefined {
    const json = body.toString('utf8', 0, Number(headerOf(head, 'inference-header-content-length')));
    const invalid = this.#invalid(INFERENCE_RESPONSE, json);
    if (invalid) return invalid;
    const { outputs } = JSON.parse(json) as { outputs: { parameters?: { binary_data_size: number } }[] };
    const announced = outputs.reduce((total, { parameters }) => total + (parameters?.binary_data_size ?? 0), 0);
    const received = body.length - Buffer.byteLength(json);
    return announced === received ? undefined : `expected ${announced} bytes of binary data, got ${received}`;
  }
}

/** The value of JSON text, or undefined, which no schema allows. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreadableFile(body: Buffer): string | undefined {
  const isNpz = body.toString('latin1', 0, 2) === 'PK';
  try {
    JSON.parse(isNpz ? readNpzFile(body).response : readTensorFile(body).metadata.response!);
    return undefined;
  } catch (error) {
    return `not ${isNpz ? 'an npz' : 'a safetensors'} file: ${error}`;
  }
}
