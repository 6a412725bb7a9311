import Module, * as module from 'node:module';

// With this module as --import after scripts/typescript.mjs, the unchanged built service runs `gated-engine-worker.ts` and
// `gated-codec-worker.ts` in its threads, so that a test in another process can hold them. No batch is evaluated elsewhere.

const WORKERS = {
  '/dist/engine/engine-worker.js': new URL('gated-engine-worker.ts', import.meta.url).href,
  '/dist/codecs/codec-worker.js': new URL('gated-codec-worker.ts', import.meta.url).href,
  '/dist/engine/inline-backend.js': new URL('no-inline-backend.mjs', import.meta.url).href,
};

function substitute({ url }) {
  return Object.entries(WORKERS).find(([end]) => url.endsWith(end))?.[1];
}

if (module.registerHooks) {
  module.registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const other = substitute(resolved);
      return other ? next(other, context) : resolved;
    },
  });
} else {
  // Node 20 runs hooks in a thread of their own, which gets their source. (Later versions of Node have a thread wait there
  // for ever.)
  const source = `
    const WORKERS = ${JSON.stringify(WORKERS)};
    ${substitute}
    export async function resolve(specifier, context, next) {
      const resolved = await next(specifier, context);
      const other = substitute(resolved);
      return other ? next(other, context) : resolved;
    }`;
  module.register(`data:text/javascript,${encodeURIComponent(source)}`);
}

// Where Node can require modules, the pool requires a worker before it imports it, and hooks do not see that. If requiring
// fails, the pool imports the worker.
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  if (Object.keys(WORKERS).some((end) => request.endsWith(end))) throw new Error('import this module instead');
  return resolveFilename(request, ...rest);
};
