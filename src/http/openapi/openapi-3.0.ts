import type { Schema } from './readable-limits.ts';
import { schema30 } from './schema-3.0.ts';

type Json = Readonly<Record<string, unknown>>;

/** What has a schema: a parameter, a header, or a body in one media type. */
interface WithSchema {
  readonly schema: Schema;
}

interface Body {
  readonly content?: Readonly<Record<string, WithSchema>>;
  readonly headers?: Readonly<Record<string, WithSchema>>;
  readonly description?: string;
}

interface Operation {
  readonly requestBody?: Body;
  readonly parameters?: readonly WithSchema[];
  readonly responses: Readonly<Record<string, Body>>;
  readonly operationId?: string;
}

/** The parts of a document in OpenAPI 3.1 that differ in 3.0. */
export interface OpenApi31 {
  readonly info: {
    readonly summary: string;
    readonly description: string;
    readonly license: { readonly name: string };
  };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>>; readonly securitySchemes: Json };
  readonly openapi: string;
}

const isJson = (mediaType: string) => /^application\/(?:.+\+)?json$/.test(mediaType);

/**
 * The operations that speak JSON, in OpenAPI 3.0: for generators of clients, which know it better than 3.1, and fail on unions
 * of types and on schemas that refer to themselves.
 *
 * @param document the one in OpenAPI 3.1, which has everything
 */
export function openApi30({ info, paths, components, ...rest }: OpenApi31): Json {
  const { summary, license, ...ofInfo } = info;
  const operations = mapValues(paths, (path) => someOf(mapValues(path, operation30)));
  const schemas = mapValues(components.schemas, schema30);
  return {
    ...rest,
    openapi: '3.0.3',
    info: {
      ...ofInfo,
      description: `${summary} This document is for generators of clients: it has the operations in JSON alone. \`/openapi.json\` has everything.`,
      license: { name: license.name },
    },
    paths: operations,
    components: { schemas: referredTo(operations, schemas), securitySchemes: components.securitySchemes },
  };
}

/** Undefined if it succeeds in other formats only. */
function operation30({ requestBody, responses, parameters, ...rest }: Operation): Json | undefined {
  const inJson = mapValues(responses, withJson);
  if (inJson['200'] === undefined) return undefined;
  return {
    ...rest,
    ...(parameters && { parameters: parameters.map(withSchema30) }),
    ...(requestBody && { requestBody: withJson(requestBody) }),
    responses: inJson,
  };
}

/** A body or response without the media types that are no JSON; undefined if it has only those. */
function withJson({ content, headers, ...rest }: Body): Json | undefined {
  const media = content && Object.entries(content).filter(([mediaType]) => isJson(mediaType));
  if (media?.length === 0) return undefined;
  return {
    ...rest,
    ...(headers && { headers: mapValues(headers, withSchema30) }),
    ...(media && { content: mapValues(Object.fromEntries(media), withSchema30) }),
  };
}

function withSchema30<Given extends WithSchema>(given: Given): Given {
  return { ...given, schema: schema30(given.schema) };
}

/** The schemas that operations refer to, themselves or by others. */
function referredTo(operations: Json, schemas: Json): Json {
  const names = new Set<string>();
  const visit = (value: unknown) => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (names.has(name!)) continue;
      names.add(name!);
      visit(schemas[name!]);
    }
  };
  visit(operations);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => names.has(name)));
}

function someOf<Value>(object: Record<string, Value>): Record<string, Value> | undefined {
  return Object.keys(object).length > 0 ? object : undefined;
}

/** Without those that become undefined. */
function mapValues<Value, Mapped>(
  object: Readonly<Record<string, Value>>,
  map: (value: Value) => Mapped | undefined,
): Record<string, Mapped> {
  const entries = Object.entries(object).map(([key, value]) => [key, map(value)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, Mapped] => entry[1] !== undefined));
}
