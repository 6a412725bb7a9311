import module from 'node:module';

// Lets Node run the TypeScript sources as they stand, in worker threads too. Node 22.18 and newer can do so by themselves, in
// less than half of the time; older ones need tsx. (`--import tsx` alone skips worker threads on Node 20.)

if (process.features.typescript) {
  // Coverage is by source lines, which code from the cache does not have.
  if (!process.env.NODE_V8_COVERAGE) module.enableCompileCache();
} else {
  const { register } = await import('tsx/esm/api');
  register();
}
