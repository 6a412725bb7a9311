/** The most factors √u that the error of u allows: each adds its relative error. */
const MAX_HALF_STEPS = 10;

/** 2γ if γ is the same for every class and 2γ an integer up to 10; else −1. */
export function halfSteps(gamma: Float64Array): number {
  const twice = 2 * (gamma[0] ?? -1);
  return Number.isInteger(twice) && twice <= MAX_HALF_STEPS && areEqual(gamma) ? twice : -1;
}

/** Whether all numbers are the same. */
export function areEqual(numbers: Float64Array): boolean {
  const [first] = numbers;
  for (let i = 1; i < numbers.length; i++) if (numbers[i] !== first) return false;
  return true;
}
