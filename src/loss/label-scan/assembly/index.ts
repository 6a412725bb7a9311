export { clearCounts, countColumns, countIndices, countRuns, TABLES, widenBytes } from './count-classes';
export { background, ignored, positives, resetCounts } from './counts';
export { scanDoubles, scanFloats } from './floats';
export { scanIndices } from './indices';
export { countRejected, nextRejected, scanBytes, scanIntegers } from './integers';
export { BLOCK, CONVERTED, RESULT, SOURCE } from './memory-layout';
export { widenBfloat16, widenFloat16 } from './to-float32';
export { float32ToInt32, float64ToInt32, int16ToInt32, int64ToInt32, int8ToInt32, uint32ToInt32 } from './to-int32';
