// Lets Node run the TypeScript sources as they stand, in worker threads too. Node 22.18 and later can; `--import tsx` alone
// skips worker threads on Node 20.
if (!process.features.typescript) (await import('tsx/esm/api')).register();
