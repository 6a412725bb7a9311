export { writeConstants } from './constants';
export { allFinite } from './finite';
export { generalSigmoid } from './general-sigmoid';
export { generalSoftmax } from './general-softmax';
export { sigmoid } from './sigmoid';
export { softmax } from './softmax';
export { flushSums } from './sums';
