import type { KernelOptions } from '../../kernel.ts';

/** What a program is specialised for. Sizes and numbers of a batch are parameters instead, since compiling takes seconds. */
export interface ProgramCase {
  readonly options: KernelOptions;
  readonly dense: boolean;
  readonly weighted: { readonly samples: boolean; readonly elements: boolean };
}
