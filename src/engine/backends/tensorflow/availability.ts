import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PACKAGE = '@tensorflow/tfjs-node-gpu';
/** Of Node's native interfaces, the newest one that tfjs-node is built for; all supported versions of Node have it. */
const BINDING = 'lib/napi-v8/tfjs_binding.node';

/** Device files of an NVIDIA GPU on Linux: on a PC or server, under WSL, on a Jetson. */
const DEVICES = ['/dev/nvidiactl', '/dev/dxg', '/dev/nvmap'];

/** Why TensorFlow cannot be loaded, as far as the files on disk show. */
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

/** Why CUDA cannot be used, without loading TensorFlow, which takes a second. */
export function cudaUnavailableReason(): string | undefined {
  if (process.platform === 'linux' && !DEVICES.some((path) => existsSync(path))) return 'no NVIDIA GPU was found';
  return tensorflowUnavailableReason();
}
