import { register } from 'node:module';

// Given to Node as --import, it lets the built service, as it is, run `lethal-worker.mjs` in its engine threads.

const HOOKS = `
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    const isWorker = resolved.url.endsWith('/dist/engine/engine-worker.js');
    return isWorker ? { ...resolved, url: '${new URL('lethal-worker.mjs', import.meta.url)}' } : resolved;
  }`;

register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
