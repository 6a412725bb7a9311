import { headerOf, type TimedResponse } from '../../harness/connection.ts';
import type { OpenApiChecker } from '../openapi-checker.ts';
import type { HostileShape } from './hostile-shape.ts';

/** The longest problem document. */
export const MAX_PROBLEM_BYTES = 65_536;
/** Right whatever the shape: the service is busy with others of its kind. The request is sent again. */
export const BUSY = 429;
/** Right as well: it waited for others of its kind for as long as requests may. */
const TIMED_OUT = 504;

/** What the service did with the requests of a shape. */
export class Tally {
  readonly #shape: HostileShape;
  readonly #documented: OpenApiChecker;
  readonly #outcomes = new Map<string, number>();
  readonly #issues = new Map<string, number>();
  /** Of the longest problem document. */
  problemBytes = 0;

  constructor(shape: HostileShape, documented: OpenApiChecker) {
    this.#shape = shape;
    this.#documented = documented;
  }

  /** How often each status came, or that there was none. */
  get outcomes(): ReadonlyMap<string, number> {
    return this.#outcomes;
  }

  /** What was not as documented, as text. */
  get issues(): string[] {
    return [...this.#issues].map(([issue, times]) => `${this.#shape.name}: ${times} × ${issue}`);
  }

  /** @param response its body up to `MAX_PROBLEM_BYTES` */
  addResponse(response: TimedResponse): void {
    const bytes = Number(headerOf(response.head, 'content-length'));
    if (response.status >= 400) this.problemBytes = Math.max(this.problemBytes, bytes);
    this.#count(this.#outcomes, `${response.status}`);
    const issue = this.#issueOf(response, bytes);
    if (issue !== undefined) this.#count(this.#issues, issue);
  }

  addStatus(status: number): void {
    this.#count(this.#outcomes, `${status}`);
    const issue = this.#statusIssue(status);
    if (issue !== undefined) this.#count(this.#issues, issue);
  }

  /** A request without a response. */
  addSilence(kind: 'closed' | 'open'): void {
    this.#count(this.#outcomes, kind);
  }

  addIssue(issue: string): void {
    this.#count(this.#issues, issue);
  }

  #issueOf(response: TimedResponse, bytes: number): string | undefined {
    const { path } = this.#shape;
    const wrongStatus = this.#statusIssue(response.status);
    if (wrongStatus !== undefined) return `${wrongStatus}: ${response.body.toString('utf8', 0, 200)}`;
    if (response.status < 400 || path === undefined) return undefined;
    if (bytes > MAX_PROBLEM_BYTES) return `a problem of ${bytes} bytes`;
    return this.#documented.issue('POST', path, response);
  }

  #statusIssue(status: number): string | undefined {
    const { path, statuses } = this.#shape;
    if (path !== undefined && !this.#documented.allows('POST', path, status)) return `undocumented status ${status}`;
    if (statuses === undefined || statuses.includes(status)) return undefined;
    if (status === BUSY || status === TIMED_OUT) return undefined;
    return `status ${status} instead of ${statuses.join(' or ')}`;
  }

  #count(counts: Map<string, number>, key: string): void {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}
