export { reserve } from './memory-layout';
export { sigmoid } from './sigmoid';
export { softmax } from './softmax';
