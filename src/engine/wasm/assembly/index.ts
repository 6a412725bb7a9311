export { writeConstants } from './constants';
export { generalSigmoid } from './general-sigmoid';
export { generalSoftmax } from './general-softmax';
export { sigmoid } from './sigmoid';
export { softmax } from './softmax';
export { takeSums } from './sums';
