import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Where Linux shows a GPU: with a kernel driver, with NVIDIA's driver, or under WSL. */
const DEVICES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'];

/** Why WebGPU is unavailable, as far as the disk tells: starting Dawn takes a process and half a second. */
export function webgpuUnavailableReason(explicit: boolean): string | undefined {
  try {
    createRequire(import.meta.url).resolve('webgpu/package.json');
  } catch {
    return 'the package webgpu is not installed';
  }
  const onLinux = process.platform === 'linux';
  // An explicit ENGINE=webgpu may use a driver that computes on the CPU.
  if (!explicit && onLinux && !DEVICES.some((path) => existsSync(path))) return 'no GPU was found';
  return undefined;
}
