import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PACKAGE = '@tensorflow/tfjs-node-gpu';
/** Built for the newest Node-API version that tfjs-node knows, which all supported versions of Node provide. */
const BINDING = 'lib/napi-v8/tfjs_binding.node';

/** Where Linux shows an NVIDIA GPU: on a PC or server, under WSL, or on a Jetson. */
const DEVICES = ['/dev/nvidiactl', '/dev/dxg', '/dev/nvmap'];

/** Why TensorFlow is unavailable, as far as the disk tells. */
export function tensorflowUnavailableReason(resolve: (id: string) => string = createRequire(import.meta.url).resolve) {
  let folder: string;
  try {
    folder = dirname(resolve(`${PACKAGE}/package.json`));
  } catch {
    return `the package ${PACKAGE} is not installed`;
  }
  if (!existsSync(join(folder, BINDING))) {
    return `the native binding of ${PACKAGE} is not built; npm run setup:tensorflow builds it`;
  }
  return undefined;
}

/** Why CUDA is unavailable, as far as the disk tells: TensorFlow takes a second to load. */
export function cudaUnavailableReason(): string | undefined {
  if (process.platform === 'linux' && !DEVICES.some((path) => existsSync(path))) return 'no NVIDIA GPU was found';
  return tensorflowUnavailableReason();
}
