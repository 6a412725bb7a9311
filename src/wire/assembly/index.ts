export { PROGRESS, TEXT, VALUES } from './places';
export { LEAST_POWER, MOST_POWER, SIGNIFICANDS } from './powers';
export { readArray } from './read-array';
export { writeArray } from './write-array';
export { prepareInverses } from './shortest';
export { prepareLayouts } from './write-number';
