import type { BackendName, StartOptions } from './backends/backend.ts';
import { cudaUnavailableReason, tensorflowUnavailableReason } from './backends/tensorflow/availability.ts';
import { kernelBuilds } from './backends/wasm/kernel-builds.ts';
import { webgpuUnavailableReason } from './backends/webgpu/availability.ts';

/** What is known of a backend before any of its code is loaded. */
export interface BackendCandidate extends StartOptions {
  readonly name: BackendName;
  /** Why it is not worth starting, as far as a few milliseconds tell; undefined if it may be available. */
  unavailableReason(explicit: boolean): string | undefined;
  /** Whether it loads native code that may crash its process. Such a backend is first probed in a child process. */
  readonly native: boolean;
  /** Whether one thread uses the whole device; else the engine runs as many threads as are configured. */
  readonly singleThread: boolean;
  /** Whether small batches may be evaluated in the calling thread: on the CPU, without native code that could crash it. */
  readonly inline: boolean;
  /** How long loading, compiling and the self-test may take. */
  readonly startupTimeoutMs: number;
}

const MINUTE_MS = 60_000;
/** There is no other candidate to go on to, and a GPU emulated in software compiles its programs for minutes. */
const EXPLICIT_STARTUP_TIMEOUT_MS = 10 * MINUTE_MS;
const alwaysAvailable = () => undefined;

const CANDIDATES: { readonly [name in BackendName]: Omit<BackendCandidate, 'explicit'> } = {
  // A library with code for the GPU at hand starts within seconds. Without such code the driver compiles each kernel at its
  // first use, which takes minutes. It caches the result, so a start that timed out makes the next one faster.
  cuda: {
    name: 'cuda',
    unavailableReason: cudaUnavailableReason,
    native: true,
    singleThread: true,
    inline: false,
    startupTimeoutMs: 10 * MINUTE_MS,
  },
  // Experimental: it passes all tests on a GPU that is emulated in software, but has not run on hardware yet.
  webgpu: {
    name: 'webgpu',
    unavailableReason: webgpuUnavailableReason,
    native: true,
    singleThread: true,
    inline: false,
    startupTimeoutMs: 2 * MINUTE_MS,
  },
  // It starts in 0.4 s; 256 threads on two cores take most of a minute.
  wasm: {
    name: 'wasm',
    unavailableReason: alwaysAvailable,
    native: false,
    singleThread: false,
    inline: true,
    startupTimeoutMs: 5 * MINUTE_MS,
  },
  // The CPU twin of `cuda`: the same kernels on TensorFlow's CPU device, so that the CUDA code can be tested on any machine.
  tensorflow: {
    name: 'tensorflow',
    unavailableReason: () => tensorflowUnavailableReason(),
    native: true,
    singleThread: true,
    inline: false,
    startupTimeoutMs: 2 * MINUTE_MS,
  },
};

/** From the fastest to the slowest. `tensorflow` is missing, because `wasm` is faster on a CPU and always available. */
const AUTO: readonly BackendName[] = ['cuda', 'webgpu', 'wasm'];

/** The backends to try, in order. Each build of the kernels of `wasm` is one. */
export function backendCandidates(engine: 'auto' | BackendName): BackendCandidate[] {
  if (engine === 'auto') return AUTO.flatMap((name) => builds({ ...CANDIDATES[name], explicit: false }));
  return builds({ ...CANDIDATES[engine], explicit: true, startupTimeoutMs: EXPLICIT_STARTUP_TIMEOUT_MS });
}

function builds(candidate: BackendCandidate): BackendCandidate[] {
  return candidate.name === 'wasm' ? kernelBuilds().map((build) => ({ ...candidate, build })) : [candidate];
}

/** The backend's name, with the build of its kernels if that is not the one that runs everywhere. */
export function titleOf({ name, build = 'SIMD' }: BackendCandidate): string {
  return build === 'SIMD' ? name : `${name} (${build})`;
}
