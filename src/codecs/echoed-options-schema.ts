import { z } from 'zod';
import { optionFields } from '../loss/options.ts';
import { MAX_ECHOED_CLASSES } from './echoed-options.ts';
import { ALPHA_FORMS, GAMMA_FORMS } from './request-schema.ts';

const {
  class_names: _,
  outputs,
  gradients_dtype,
  hessian_form,
  background_index,
  normalizer,
  ...shared
} = optionFields;
const PER_CLASS = ['gamma', 'alpha', 'class_weights'] as const;

const numbers = z.array(z.number()).max(MAX_ECHOED_CLASSES);

/** The options in force that a sweep and one loss have. */
const sweepOptions = z.strictObject({
  ...shared,
  class_weights: numbers.nullable().optional().describe('The weights of classes; null if there are none.'),
  background_index: background_index
    .unwrap()
    .nullable()
    .describe('The label that is negative for every class; null if there is none.'),
  normalizer: normalizer.unwrap().describe('What the mean divides by.'),
});

const lossOptions = sweepOptions.extend({
  gamma: z.unknown().meta({ anyOf: GAMMA_FORMS, description: 'Focusing parameter γ.' }).optional(),
  alpha: z.unknown().meta({ anyOf: ALPHA_FORMS, description: 'α as in the request; `off` if it is off.' }).optional(),
  hessian_form,
  outputs,
  gradients_dtype,
});

const omitted = z
  .array(z.enum(PER_CLASS))
  .optional()
  .describe(`Those that \`options\` leaves out, as their lists have more than ${MAX_ECHOED_CLASSES} items.`);

const description =
  'The options in force, with defaults filled in: all that are no tensors, apart from `class_names`. A request can have them as they are.';

/** The members of a response that repeat the options. */
export const echoedOptionFields = { options: lossOptions.describe(description), options_omitted: omitted };
export const echoedSweepOptionFields = { options: sweepOptions.describe(description), options_omitted: omitted };
