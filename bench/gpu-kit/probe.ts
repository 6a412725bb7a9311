import { nameOf, openGpu } from '../../src/engine/backends/webgpu/dawn.ts';

// A process that prints the adapter that `webgpu` would use, or fails with the reason: a driver may crash or hang it.

try {
  const info = await openGpu({ software: process.argv[2] === 'software' });
  process.stdout.write(`${nameOf(info)} (${[info.vendor, info.architecture].filter(Boolean).join(', ')})\n`);
  process.exit(0); // Dawn keeps a process alive.
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
