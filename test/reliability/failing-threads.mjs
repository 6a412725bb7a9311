import { register } from 'node:module';

// Loaded by Node's --import, it makes the built service run `failing-thread.mjs` in its engine threads, unchanged otherwise.

const HOOKS = `
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    const isWorker = resolved.url.endsWith('/dist/engine/engine-worker.js');
    return isWorker ? { ...resolved, url: '${new URL('failing-thread.mjs', import.meta.url)}' } : resolved;
  }`;

register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
