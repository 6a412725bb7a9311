import { z } from 'zod';

/** The codes of warnings, which are stable, in the order in which responses have them. */
export const WARNING_CODES = [
  'everything_ignored',
  'probabilities_as_logits',
  'softmax_logits_under_sigmoid',
  'softmax_rows_not_one_hot',
  'class_never_labelled',
  'loss_of_one_element',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/** What is valid in a request and most likely a mistake. */
export const warningSchema = z.strictObject({
  code: z.enum(WARNING_CODES).describe('Stable: `docs/reference/warnings.md` says what each code means.'),
  message: z.string().describe('What was seen, and what to do.'),
  pointer: z.string().optional().describe('A JSON pointer into the request.'),
});
export type Warning = z.output<typeof warningSchema>;

/** The most bytes of all warnings in JSON: each occurs once, and no message has text of the request. */
export const MAX_WARNINGS_BYTES = 4096;
