/** One way to run the kernels: a tfjs backend with the focal kernels registered on it. */
export interface Rung {
  readonly name: RungName;
  /** Makes its backend tfjs's current one in this thread and registers the kernels. */
  start(): Promise<RungDevice>;
}

export interface RungDevice {
  readonly device: string;
  readonly versions: Readonly<Record<string, string>>;
}

export type RungName = 'wasm';
