import { prepareInverses } from './shortest';
import { prepareLayouts } from './write-number';

export { PROGRESS, TEXT, VALUES } from './places';
export { MIN_POWER, MAX_POWER, SIGNIFICANDS } from './powers';
export { readArray } from './read-array';
export { writeArray } from './write-array';

/** To be called once the significands are there, and before anything else. */
export function prepare(): void {
  prepareInverses();
  prepareLayouts();
}
