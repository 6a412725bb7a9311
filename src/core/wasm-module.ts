import { readFileSync } from 'node:fs';

// The one declaration that is needed of the browser's types.
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/**
 * Compiles and instantiates a WebAssembly module, synchronously.
 *
 * @param path of the module in `dist`, which serves the sources as well: this file is as deep in `src` as in `dist`
 * @returns the module's exports, which `Exports` must describe
 */
export function loadWasmModule<Exports>(path: string, imports: object = {}): Exports {
  const bytes = readFileSync(new URL(`../../dist/${path}`, import.meta.url));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports as Exports;
}
