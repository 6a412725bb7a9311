export { flushSums } from './flush-sums';
export { writeConstants } from './math/constants';
export { allFinite } from './math/finite';
export { roundsOnce } from './math/multiply-add';
export { generalSigmoid } from './sigmoid/general-sigmoid';
export { generalSoftmax } from './softmax/general-softmax';
export { sigmoid } from './sigmoid/sigmoid';
export { sigmoidSweep } from './sigmoid-sweep/sigmoid-sweep';
export { softmax } from './softmax/softmax';
export { flushSoftmaxSweep } from './softmax-sweep/flush-sweep';
export { softmaxSoftSweep } from './softmax-sweep/softmax-soft-sweep';
export { softmaxSweep } from './softmax-sweep/softmax-sweep';
export { labelsToFloat32 } from './labels-to-float32';
export {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
  float64ToFloat32,
} from '../../../../core/float16/assembly/index';
