/** What a file does not tell, and the user does. */
export interface Question {
  readonly title: string;
  readonly note: string;
  readonly fields: readonly QuestionField[];
}

export interface QuestionField {
  readonly name: string;
  readonly label: string;
  readonly choices: readonly { readonly value: string; readonly text: string }[];
  /** The choices to start with: exactly one, unless there can be several. */
  readonly values: readonly string[];
  readonly allowsSeveral?: boolean;
}

export type Answers = Readonly<Record<string, readonly string[]>>;

/** Asks the user. The promise stays pending if another file is opened instead. */
export type AskUser = (question: Question) => Promise<Answers>;

export const PREDICTION_KIND: Omit<QuestionField, 'values'> = {
  name: 'field',
  label: 'Predictions are',
  choices: [
    { value: 'logits', text: 'logits, from before the sigmoid or softmax' },
    { value: 'probabilities', text: 'probabilities' },
  ],
};
