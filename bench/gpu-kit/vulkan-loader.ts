import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'libvulkan.so.1';

/** Where Debian and Fedora have it, and the one that Debian's Chromium brings. */
const FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib/chromium'];

/**
 * The path of a Vulkan loader: of this machine, or else from Debian's package, unpacked in an empty folder.
 *
 * @throws {Error} if there is none, and apt-get does not get the package
 */
export function findVulkanLoader(folder: string): string {
  const installed = FOLDERS.map((each) => join(each, NAME)).find((path) => existsSync(path));
  if (installed !== undefined) return installed;
  try {
    execFileSync('apt-get', ['download', '--quiet', 'libvulkan1'], { cwd: folder, stdio: 'ignore' });
    const [archive] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    execFileSync('dpkg-deb', ['--extract', archive!, '.'], { cwd: folder });
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`expected ${NAME} in ${FOLDERS.join(', ')}, or Debian's package libvulkan1: ${reason}`);
  }
  return join(folder, 'usr/lib/x86_64-linux-gnu', NAME);
}
