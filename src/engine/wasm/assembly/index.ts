export { writeConstants } from './constants';
export { sigmoid } from './sigmoid';
export { softmax } from './softmax';
export { takeSums } from './sums';
