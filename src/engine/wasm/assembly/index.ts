export { writeConstants } from './constants';
export { sigmoid } from './sigmoid';
export { takeSums } from './sums';
