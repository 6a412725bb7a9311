import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const PACKAGE = '@tensorflow/tfjs-node-gpu';
/** The newest of Node's native interfaces that tfjs-node knows, and all supported versions of Node have. */
const BINDING = 'lib/napi-v8/tfjs_binding.node';

/** Files by which Linux shows an NVIDIA GPU: on a PC or server, under WSL, on a Jetson. */
const DEVICES = ['/dev/nvidiactl', '/dev/dxg', '/dev/nvmap'];

/** Why TensorFlow can't be loaded, as far as a look at the disk tells. */
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

/** Why CUDA can't be used: TensorFlow needs a second to load, and to find out as well. */
export function cudaUnavailableReason(): string | undefined {
  if (process.platform === 'linux' && !DEVICES.some((path) => existsSync(path))) return 'there is no NVIDIA GPU here';
  return tensorflowUnavailableReason();
}
