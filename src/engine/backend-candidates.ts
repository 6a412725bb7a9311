import type { RungName } from './backends/backend.ts';
import { missingCuda, missingTensorflow } from './backends/tensorflow/availability.ts';
import { missingWebgpu } from './backends/webgpu/availability.ts';

/** What has to be known of a rung before anything of it is loaded. */
export interface Step {
  readonly name: RungName;
  /** Whether `ENGINE` names it, and not `auto`. */
  readonly asked: boolean;
  /** Why it is not worth a try, found out within a few milliseconds. */
  missing(asked: boolean): string | undefined;
  /** Whether it brings native code, which may take its process down with it and is tried in another one first. */
  readonly native: boolean;
  /** Whether one thread has all of the device; else there are as many as there should be. */
  readonly oneThread: boolean;
  /** How long loading, compiling and the self-test may take. */
  readonly limitMs: number;
}

const MINUTE_MS = 60_000;
/** Of a rung that is named: there is none to go on to, and a GPU in software compiles its programs for minutes. */
const LIMIT_OF_ASKED_MS = 10 * MINUTE_MS;
const nothing = () => undefined;

const STEPS: { readonly [name in RungName]: Omit<Step, 'asked'> } = {
  // A library with code for the GPU at hand needs seconds. One without has the driver compile each kernel at its first
  // use, for minutes; the driver keeps them, so a start that was given up brings the next one further.
  cuda: { name: 'cuda', missing: missingCuda, native: true, oneThread: true, limitMs: 10 * MINUTE_MS },
  webgpu: {
    name: 'webgpu',
    missing: missingWebgpu,
    native: true,
    oneThread: true,
    limitMs: 2 * MINUTE_MS,
  },
  // 0.4 s; 256 threads on two cores need most of a minute.
  wasm: { name: 'wasm', missing: nothing, native: false, oneThread: false, limitMs: 5 * MINUTE_MS },
  tensorflow: {
    name: 'tensorflow',
    missing: () => missingTensorflow(),
    native: true,
    oneThread: true,
    limitMs: 2 * MINUTE_MS,
  },
};

/** `auto` climbs down from the fastest. TensorFlow's CPU device is not on its way: wasm is faster and always there. */
const AUTO: readonly RungName[] = ['cuda', 'webgpu', 'wasm'];

/** The rungs to try, in order. */
export function stepsOf(engine: 'auto' | RungName): Step[] {
  if (engine !== 'auto') return [{ ...STEPS[engine], asked: true, limitMs: LIMIT_OF_ASKED_MS }];
  return AUTO.map((name) => ({ ...STEPS[name], asked: false }));
}
