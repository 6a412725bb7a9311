import type { ValidationIssues } from '../../core/validation-issues.ts';
import { parseOption } from '../parse-option.ts';
import { toPointer } from '../schema-issues.ts';
import type { InferenceRequest } from './inference-schema.ts';

/** A request's parameters: those of the protocol, and the options of the loss. */
export interface InferenceParameters {
  /** Whether outputs are binary data unless they say otherwise. */
  readonly binaryOutput: boolean;
  /** Undefined if the client sets no deadline. */
  readonly timeoutMs: number | undefined;
  /** By the names of `requestSchema`; without a prototype. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Clients send these for servers that have priorities, sequences or several content types. They are no options here. */
const IGNORED = /^(?:priority|sequence_.*|triton_.*|headers|content_type)$/;

/**
 * A string is JSON or a bare word: the protocol has no lists and no null.
 *
 * @throws {ServiceError} `malformed_body` if a string is JSON that is not read (parse-option.ts)
 */
export function readParameters(
  { parameters, inputs, outputs }: InferenceRequest,
  issues: ValidationIssues,
): InferenceParameters {
  const { binary_data_output = false, timeout = 0, ...rest } = parameters ?? {};
  const options: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(rest)) {
    if (!IGNORED.test(name)) options[name] = typeof value === 'string' ? parseOption(name, value) : value;
  }
  for (const { name } of inputs) {
    if (name in options) {
      issues.add(() => ({ pointer: toPointer([name]), message: 'expected it once, got an input and a parameter' }));
    }
  }
  if ('outputs' in options && outputs?.length) {
    issues.add(() => ({
      pointer: '/outputs',
      message: 'expected them once, got the outputs of the protocol and a parameter of that name',
    }));
  }
  return { binaryOutput: binary_data_output, timeoutMs: timeout > 0 ? timeout / 1000 : undefined, options };
}
