import type { BackendName } from './backends/backend.ts';
import { cudaUnavailableReason, tensorflowUnavailableReason } from './backends/tensorflow/availability.ts';
import { webgpuUnavailableReason } from './backends/webgpu/availability.ts';

/** What has to be known of a backend before anything of it is loaded. */
export interface BackendCandidate {
  readonly name: BackendName;
  /** Whether `ENGINE` names it, and not `auto`. */
  readonly explicit: boolean;
  /** Why it is not worth a try, found out within a few milliseconds. */
  unavailableReason(explicit: boolean): string | undefined;
  /** Whether it brings native code, which may take its process down with it and is tried in another one first. */
  readonly native: boolean;
  /** Whether one thread has all of the device; else there are as many as there should be. */
  readonly oneThread: boolean;
  /** How long loading, compiling and the self-test may take. */
  readonly startupTimeoutMs: number;
}

const MINUTE_MS = 60_000;
/** Of a backend that is named: there is none to go on to, and a GPU in software compiles its programs for minutes. */
const EXPLICIT_STARTUP_TIMEOUT_MS = 10 * MINUTE_MS;
const nothing = () => undefined;

const CANDIDATES: { readonly [name in BackendName]: Omit<BackendCandidate, 'explicit'> } = {
  // A library with code for the GPU at hand needs seconds. One without has the driver compile each kernel at its first
  // use, for minutes; the driver keeps them, so a start that was given up brings the next one further.
  cuda: {
    name: 'cuda',
    unavailableReason: cudaUnavailableReason,
    native: true,
    oneThread: true,
    startupTimeoutMs: 10 * MINUTE_MS,
  },
  webgpu: {
    name: 'webgpu',
    unavailableReason: webgpuUnavailableReason,
    native: true,
    oneThread: true,
    startupTimeoutMs: 2 * MINUTE_MS,
  },
  // 0.4 s; 256 threads on two cores need most of a minute.
  wasm: { name: 'wasm', unavailableReason: nothing, native: false, oneThread: false, startupTimeoutMs: 5 * MINUTE_MS },
  tensorflow: {
    name: 'tensorflow',
    unavailableReason: () => tensorflowUnavailableReason(),
    native: true,
    oneThread: true,
    startupTimeoutMs: 2 * MINUTE_MS,
  },
};

/** `auto` climbs down from the fastest. TensorFlow's CPU device is not on its way: wasm is faster and always there. */
const AUTO: readonly BackendName[] = ['cuda', 'webgpu', 'wasm'];

/** The backends to try, in order. */
export function backendCandidates(engine: 'auto' | BackendName): BackendCandidate[] {
  if (engine !== 'auto')
    return [{ ...CANDIDATES[engine], explicit: true, startupTimeoutMs: EXPLICIT_STARTUP_TIMEOUT_MS }];
  return AUTO.map((name) => ({ ...CANDIDATES[name], explicit: false }));
}
