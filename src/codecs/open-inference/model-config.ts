import { z } from 'zod';
import { MODEL_METADATA, MODEL_NAME, REQUIRED_INPUTS } from './inference-model.ts';
import type { TensorMetadata } from './inference-schema.ts';

// The model's configuration as Triton's ModelConfig in JSON, made from the metadata, so that the two agree:
// https://github.com/triton-inference-server/common/blob/main/protobuf/model_config.proto

const tensorConfigSchema = z.strictObject({
  name: z.string().describe('The name in requests and responses.'),
  data_type: z.string().describe('The datatype of the metadata after `TYPE_`.'),
  dims: z.array(z.int()).describe('−1 means any size.'),
});

export const modelConfigSchema = z
  .strictObject({
    name: z.string().describe('`focal-loss`.'),
    platform: z.string().describe('The same as in the metadata.'),
    backend: z.string().describe('What computes: this service.'),
    version_policy: z
      .strictObject({
        latest: z
          .strictObject({ num_versions: z.int().describe('How many: there is one.') })
          .describe('The latest versions are served.'),
      })
      .describe('Which versions are served.'),
    max_batch_size: z.int().describe('0: requests are batches themselves, and tensors have no further axis for them.'),
    input: z
      .array(tensorConfigSchema.extend({ optional: z.boolean().describe('Whether a request may leave it out.') }))
      .describe('Predictions, labels, weights, and options with one value per class.'),
    output: z.array(tensorConfigSchema).describe('What a request can ask for.'),
  })
  .describe("The members of Triton's `ModelConfig` that apply to this model.");

export const MODEL_CONFIG: z.output<typeof modelConfigSchema> = {
  name: MODEL_NAME,
  platform: MODEL_METADATA.platform,
  backend: 'focal-loss-service',
  version_policy: { latest: { num_versions: MODEL_METADATA.versions.length } },
  max_batch_size: 0,
  input: MODEL_METADATA.inputs.map((tensor) => ({
    ...configOf(tensor),
    optional: !REQUIRED_INPUTS.includes(tensor.name),
  })),
  output: MODEL_METADATA.outputs.map(configOf),
};

function configOf({ name, datatype, shape }: TensorMetadata): z.output<typeof tensorConfigSchema> {
  return { name, data_type: `TYPE_${datatype}`, dims: shape };
}
