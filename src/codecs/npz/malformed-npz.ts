import { ServiceError } from '../../core/service-error.ts';
import { describeValue } from '../../core/validation-issues.ts';

/** What to do about a file that some other program has written, or that has changed on its way. */
export const WRITE_AGAIN = '; write it with numpy.savez, and send its bytes unchanged (curl --data-binary)';

/** How messages name a member of the archive. */
export function memberPlace(name: string): string {
  return `Member ${describeValue(name)} of the npz file`;
}

/** A file that is not a whole archive of arrays. */
export function malformedNpz(message: string, cause?: unknown): ServiceError {
  return new ServiceError('malformed_body', message, cause === undefined ? {} : { cause });
}
