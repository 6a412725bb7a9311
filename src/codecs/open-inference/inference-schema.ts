import { z } from 'zod';
import { MAX_RANK } from '../../loss/limits.ts';
import { DATATYPES, type Datatype } from './inference-datatype.ts';

// The objects of the Open Inference Protocol's REST binding, in the names and the order of its specification:
// https://github.com/kserve/open-inference-protocol/blob/main/specification/protocol/inference_rest.md

const datatype = z
  .enum(Object.keys(DATATYPES) as [Datatype, ...Datatype[]])
  .describe('The type of the elements, in the words of the protocol.');

/** Like `z.array` of integers, but a million wrong items are one issue, and as many axes are rejected before anything reads them. */
const shape = z
  .custom<number[]>((value) => Array.isArray(value) && value.length <= MAX_RANK && value.every(isSize), {
    error: ({ input }) =>
      Array.isArray(input) && input.length > MAX_RANK
        ? `expected at most ${MAX_RANK} axes`
        : 'expected an array of integers ≥ 0',
  })
  .meta({
    type: 'array',
    maxItems: MAX_RANK,
    items: { type: 'integer', minimum: 0 },
    description: 'The size of each axis.',
  });

function isSize(size: unknown): boolean {
  return Number.isSafeInteger(size) && (size as number) >= 0;
}

/** The longest id, which the response repeats; clients send UUIDs. */
const MAX_ID = 1024;

const parameters = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .describe('Flat values by name.');

const regionParameters = {
  shared_memory_region: z
    .string()
    .optional()
    .describe('The name of the registered region of shared memory that holds the tensor.'),
  shared_memory_byte_size: z
    .int()
    .min(0)
    .optional()
    .describe('How many bytes of the region: those of an input, or at least those of an output.'),
  shared_memory_offset: z.int().min(0).optional().describe('Where they start in the region. Default: 0.'),
};

const data = z.unknown().meta({
  type: 'array',
  description: 'Numbers, or true and false for BOOL: flat in row-major order, or nested as the shape says.',
});

export const inferenceInputSchema = z.strictObject({
  name: z.string().describe('As in `FocalLossRequest`, such as `logits` or `labels`.'),
  shape,
  datatype,
  parameters: z
    .looseObject({
      binary_data_size: z
        .int()
        .min(0)
        .optional()
        .describe('How many bytes of the binary data are this tensor, which then has no `data`.'),
      ...regionParameters,
    })
    .nullish()
    .describe('Where the tensor is, if it is not in `data`.'),
  data: data.optional(),
});

const inferenceOutputSchema = z.strictObject({
  name: z.string().describe('As in the metadata of the model.'),
  parameters: z
    .looseObject({
      binary_data: z
        .boolean()
        .optional()
        .describe('Whether the output is sent as binary data. Default: `binary_data_output`.'),
      ...regionParameters,
    })
    .nullish()
    .describe('Where the tensor is, if it is not in `data`.'),
});

export const inferenceRequestSchema = z.strictObject({
  id: z.string().max(MAX_ID).nullish().describe('The response repeats it.'),
  model_name: z.string().nullish().describe('Some clients send it. The path selects the model.'),
  model_version: z.string().nullish().describe('Likewise.'),
  parameters: z
    .looseObject({
      binary_data_output: z.boolean().optional().describe('Whether outputs are sent as binary data. Default: false.'),
      timeout: z
        .number()
        .min(0)
        .optional()
        .describe(
          'In microseconds: the batch times out after this long, if that is sooner than the timeout of the service. 0 means none.',
        ),
    })
    .nullish()
    .describe(
      'Beside these, the options of `FocalLossRequest` that are not inputs. A string is JSON or a bare word. ' +
        '`priority`, `sequence_*`, `triton_*`, `headers` and `content_type` are ignored.',
    ),
  inputs: z
    .array(inferenceInputSchema)
    .describe('`logits` or `probabilities`, `labels`, and options that are tensors.'),
  outputs: z
    .array(inferenceOutputSchema)
    .nullish()
    .describe(
      'Only these are computed and returned. Default: loss, sum, denominator, gradients, `per_class.*`, and alpha if it is a scheme.',
    ),
});
export type InferenceRequest = z.output<typeof inferenceRequestSchema>;

export const inferenceResponseSchema = z.strictObject({
  model_name: z.string().describe('`focal-loss`.'),
  model_version: z.string().describe('`1`.'),
  id: z.string().optional().describe('The `id` of the request.'),
  outputs: z
    .array(
      z.strictObject({
        name: z.string().describe('As in the metadata of the model.'),
        datatype,
        shape,
        parameters: z
          .strictObject({
            binary_data_size: z.int().optional().describe('How many bytes of the binary data are this output.'),
            shared_memory_region: z.string().optional().describe('The region that it was written to.'),
            shared_memory_byte_size: z.int().optional().describe('How many bytes were written.'),
            shared_memory_offset: z.int().optional().describe('Where it starts in the region, in bytes.'),
          })
          .optional()
          .describe('Present if the output is binary data, or in a region of shared memory; it has no `data` then.'),
        data: z
          .array(z.number().nullable())
          .optional()
          .describe('Flat, in row-major order. A value whose divisor is 0 is null, and NaN in binary data.'),
      }),
    )
    .describe('The outputs that were requested.'),
  parameters: parameters.describe(
    'The engine and its device, the counts of the batch, and the durations; and as JSON in a string the options in force (`options`, as in `FocalLossResponse`), and `warnings`, if there are any.',
  ),
});
export type InferenceResponse = z.output<typeof inferenceResponseSchema>;

const tensorMetadataSchema = z.strictObject({
  name: z.string().describe('The name of the input or output.'),
  datatype,
  shape: z.array(z.int()).describe('−1 means any size.'),
});
export type TensorMetadata = z.output<typeof tensorMetadataSchema>;

export const modelMetadataSchema = z.strictObject({
  name: z.string().describe('The name of the model.'),
  versions: z.array(z.string()).describe('Its versions.'),
  platform: z.string().describe('The library that evaluates it.'),
  inputs: z.array(tensorMetadataSchema).describe('Its inputs.'),
  outputs: z.array(tensorMetadataSchema).describe('Its outputs.'),
});

export const serverMetadataSchema = z.strictObject({
  name: z.string().describe('The name of the service.'),
  version: z.string().describe('Its version.'),
  extensions: z.array(z.string()).describe('The extensions of the protocol that it has.'),
});

/** The response of probes. The specification has `live` or `ready` for the server, and `name` and `ready` for the model. */
export const inferenceProbeSchema = z.strictObject({
  name: z.string().optional().describe('The name of the model, from its own probe.'),
  live: z.boolean().optional().describe('Whether the process responds.'),
  ready: z.boolean().optional().describe('Whether batches may be sent to this replica.'),
});
