/** A problem document (RFC 9457). */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id?: string;
  /** A pointer into a tensor ends in the index. */
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
  /** How many further errors the service left out. */
  readonly more?: number;
}

/** The service rejected a request, or is unreachable. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}
