export { writeConstants } from './constants';
export { allFinite } from './finite';
export { generalSigmoid } from './general-sigmoid';
export { generalSoftmax } from './general-softmax';
export { sigmoid } from './sigmoid';
export { softmax } from './softmax';
export { flushSums } from './sums';
export { labelsToFloat32 } from './labels-to-float32';
export {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../../../../core/float16/assembly/index';
