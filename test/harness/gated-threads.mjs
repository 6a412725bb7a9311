import Module, { register } from 'node:module';

// Given to Node as --import behind test/typescript.mjs, it lets the built service, as it is, run `gated-engine-worker.ts`
// and `gated-codec-worker.ts` in its threads: a test in another process can hold them.

const WORKERS = {
  '/dist/engine/worker.js': new URL('gated-engine-worker.ts', import.meta.url).href,
  '/dist/wire/codec-worker.js': new URL('gated-codec-worker.ts', import.meta.url).href,
};

const HOOKS = `
  const workers = Object.entries(${JSON.stringify(WORKERS)});
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    const [, url] = workers.find(([end]) => resolved.url.endsWith(end)) ?? [];
    return url ? { ...resolved, url } : resolved;
  }`;

register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);

// The pool requires a worker first, where Node can require modules, and hooks do not see that. Where it fails, it imports.
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  if (Object.keys(WORKERS).some((end) => request.endsWith(end))) throw new Error('this one is to be imported');
  return resolveFilename(request, ...rest);
};
