/** One of the things that the kit does on the machine with the GPU. */
export interface Step {
  readonly name: string;
  readonly title: string;
  run(setup: Setup): Promise<Outcome>;
}

export interface Setup {
  /** Where the report and logs go. */
  readonly folder: string;
  /** Whether to try the kit on a driver that computes on the CPU, with small batches. */
  readonly trial: boolean;
}

export interface Outcome {
  readonly passed: boolean;
  /** Markdown below the title of the step. */
  readonly text: string;
  /** The same and more, for programs. */
  readonly figures: object;
}
