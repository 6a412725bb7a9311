import { prepareDigitLanes } from './digits';
import { prepareInverses } from './shortest';
import { prepareLayouts } from './write-number';

export { PROGRESS, TEXT, VALUES } from './memory-layout';
export { MIN_POWER, MAX_POWER, SIGNIFICANDS } from './powers';
export { countCommas } from './count-commas';
export { readArray } from './read-array';
export { writeArray } from './write-array';
export { PIECES, PIECE_LENGTHS, writeRows } from './write-rows';

/** The host calls it after it has stored the significands, and before anything else. */
export function prepare(): void {
  prepareDigitLanes();
  prepareInverses();
  prepareLayouts();
}
