import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Files by which Linux shows a GPU: any with a kernel driver, NVIDIA's own, under WSL. */
const DEVICES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'];

/** Why WebGPU can't be used, as far as a look at the disk tells: a start of Dawn takes a process and half a second. */
export function webgpuUnavailableReason(explicit: boolean): string | undefined {
  try {
    createRequire(import.meta.url).resolve('webgpu/package.json');
  } catch {
    return 'the package webgpu is not installed';
  }
  const onLinux = process.platform === 'linux';
  // Who asks for it may have a driver that computes on the CPU.
  if (!explicit && onLinux && !DEVICES.some((path) => existsSync(path))) return 'there is no GPU here';
  return undefined;
}
