export { background, ignored, positives, resetCounts } from './counts';
export { scanBytes, scanDoubles, scanFloats, scanIntegers } from './dense';
export { scanIndices } from './indices';
export { BLOCK, INTS, RESULT, SOURCE } from './memory-layout';
export { bytesToInt32, float64ToInt32, float32ToInt32, int64ToInt32 } from './to-int32';
