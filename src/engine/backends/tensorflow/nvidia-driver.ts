import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DRIVER = '/proc/driver/nvidia';

/** Facts about NVIDIA's kernel driver on Linux. TensorFlow's binding reports neither the device nor versions. */
export interface NvidiaDriver {
  /** The model of the GPUs, if they are all the same. */
  readonly model?: string;
  readonly version?: string;
}

/** @param folder the driver's folder in /proc; tests pass another one */
export function nvidiaDriver(folder = DRIVER): NvidiaDriver {
  try {
    const gpus = readdirSync(join(folder, 'gpus'));
    const models = new Set(gpus.map((gpu) => match(join(folder, 'gpus', gpu, 'information'), /^Model:\s*(.+)$/m)));
    const [model] = models;
    const version = match(join(folder, 'version'), /Kernel Module.*?\s(\d+\.[\d.]+)\s/);
    return { ...(models.size === 1 && model && { model }), ...(version && { version }) };
  } catch {
    return {}; // This is not Linux, or a container or WSL without these files.
  }
}

function match(path: string, pattern: RegExp): string | undefined {
  return pattern.exec(readFileSync(path, 'utf8'))?.[1]?.trim();
}
