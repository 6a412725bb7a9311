import { createRequire } from 'node:module';

interface Esbuild {
  transformSync(text: string, options: object): { readonly code: string };
}

const RELATIVE_IMPORT = /(\b(?:from|import)\s*\(?\s*["']\.[^"']*)\.ts(["'])/g;

/** What `npm run build` makes of a source file, without checking types; undefined if its syntax is wrong. */
export function emitJavaScript(text: string): string | undefined {
  try {
    const { code } = esbuild().transformSync(text, { loader: 'ts', format: 'esm', logLevel: 'silent' });
    return code.replaceAll(RELATIVE_IMPORT, '$1.js$2');
  } catch {
    return undefined;
  }
}

let loaded: Esbuild | undefined;

/** The compiler that tsx has: TypeScript 7 checks all files before it emits one. */
function esbuild(): Esbuild {
  loaded ??= createRequire(createRequire(import.meta.url).resolve('tsx/esm/api'))('esbuild') as Esbuild;
  return loaded;
}
