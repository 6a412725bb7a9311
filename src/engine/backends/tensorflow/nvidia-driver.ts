import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DRIVER = '/proc/driver/nvidia';

/** What NVIDIA's kernel driver on Linux tells of itself: TensorFlow's binding tells neither the device nor versions. */
export interface NvidiaDriver {
  /** Of the GPUs, if all are of one. */
  readonly model?: string;
  readonly version?: string;
}

/** @param folder the driver's; another is for tests */
export function nvidiaDriver(folder = DRIVER): NvidiaDriver {
  try {
    const gpus = readdirSync(join(folder, 'gpus'));
    const models = new Set(gpus.map((gpu) => match(join(folder, 'gpus', gpu, 'information'), /^Model:\s*(.+)$/m)));
    const [model] = models;
    const version = match(join(folder, 'version'), /Kernel Module.*?\s(\d+\.[\d.]+)\s/);
    return { ...(models.size === 1 && model && { model }), ...(version && { version }) };
  } catch {
    return {}; // Not Linux, or a container or WSL without these files.
  }
}

function match(path: string, pattern: RegExp): string | undefined {
  return pattern.exec(readFileSync(path, 'utf8'))?.[1]?.trim();
}
