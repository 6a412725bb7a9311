export { writeConstants } from './constants';
export { generalSigmoid } from './general-sigmoid';
export { sigmoid } from './sigmoid';
export { softmax } from './softmax';
export { takeSums } from './sums';
