import { register } from 'node:module';

// Loaded by Node's --import, it makes the built service run `failing-thread.mjs` in its engine threads, unchanged otherwise. No
// batch is evaluated elsewhere.

const MODULES = {
  '/dist/engine/engine-worker.js': new URL('failing-thread.mjs', import.meta.url).href,
  '/dist/engine/inline-backend.js': new URL('../harness/no-inline-backend.mjs', import.meta.url).href,
};

const HOOKS = `
  const MODULES = ${JSON.stringify(MODULES)};
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    const [, url] = Object.entries(MODULES).find(([end]) => resolved.url.endsWith(end)) ?? [];
    return url ? { ...resolved, url } : resolved;
  }`;

register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
