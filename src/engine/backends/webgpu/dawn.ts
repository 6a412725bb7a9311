/** Which adapters are acceptable. */
export interface AdapterChoice {
  /** Whether an adapter that computes on the CPU is acceptable. It is slower than the `wasm` backend: for tests. */
  readonly software: boolean;
}

/** Facts about an adapter by the current standard; the types that come with tfjs are from 2023. */
export interface AdapterInfo extends GPUAdapterInfo {
  readonly isFallbackAdapter?: boolean;
}

/**
 * Sets this thread's `navigator.gpu`, which tfjs's webgpu backend expects when it is imported, to that of the npm package
 * `webgpu`: Dawn, Chrome's implementation.
 *
 * @throws {Error} if the package is missing, there is no adapter, or only a software adapter that was not requested
 */
export async function openGpu({ software }: AdapterChoice): Promise<AdapterInfo> {
  const { create, globals } = await importDawn();
  Object.assign(globalThis, globals);
  const gpu = create([]);
  // tfjs requests the same adapter.
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new Error('no GPU adapter was found: Dawn needs libvulkan.so.1 and a Vulkan driver for the GPU');
  }
  const { info } = adapter as GPUAdapter & { readonly info: AdapterInfo };
  if (isSoftware(info) && !software) {
    throw new Error(`${nameOf(info)} computes on the CPU; only an explicit ENGINE=webgpu uses it`);
  }
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
  return info;
}

/** Drops the reference to Dawn's `gpu`, which keeps the process alive. */
export function closeGpu(): void {
  Object.defineProperty(globalThis, 'navigator', { value: undefined, configurable: true });
}

export function nameOf(info: AdapterInfo): string {
  return info.description || info.device || [info.vendor, info.architecture].filter(Boolean).join(' ') || 'a GPU';
}

function isSoftware(info: AdapterInfo): boolean {
  return info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe/i.test(`${info.description} ${info.device}`);
}

interface Dawn {
  create(flags: readonly string[]): GPU;
  readonly globals: object;
}

async function importDawn(): Promise<Dawn> {
  const name: string = 'webgpu'; // A string that the compiler does not resolve: the package is optional.
  try {
    return (await import(name)) as Dawn;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the npm package "webgpu" failed to load: ${reason}`, { cause: error });
  }
}
