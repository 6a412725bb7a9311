import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// Runs `npm run build` in the current folder unless `dist` is the build of the sources as they are. npm runs this before
// `npm start` and the like: a whole build takes from ten seconds to a minute, also if nothing has changed.

const STAMP = 'dist/.built';
const INPUTS = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package.json', 'node_modules/.package-lock.json'];

if (!existsSync('node_modules')) {
  process.stderr.write('expected the packages in node_modules, got none: run "npm ci" first\n');
  process.exit(1);
}
if (!isUpToDate()) {
  // Not on standard output, where the service logs.
  process.stderr.write('Building the service, which may take a minute or two …\n');
  rmSync(STAMP, { force: true });
  // Its time is that before the build, by the clock of the file system: what is saved meanwhile is newer.
  const started = 'node_modules/.build-started';
  writeFileSync(started, '');
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
    stdio: ['inherit', 2, 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
  renameSync(started, STAMP);
}

function isUpToDate() {
  if (!existsSync(STAMP) || !existsSync('dist/main.js')) return false;
  const { mtimeMs } = statSync(STAMP);
  return INPUTS.filter((path) => existsSync(path)).every((path) => lastChange(path) < mtimeMs);
}

/** @param {string} path */
function lastChange(path) {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.ctimeMs;
  // A folder itself changes when one of its files is added, removed or renamed.
  const paths = readdirSync(path, { recursive: true }).map((name) => join(path, String(name)));
  // Not the time of modification, which a copy of an older file may bring along.
  return Math.max(stats.ctimeMs, ...paths.map((inside) => statSync(inside).ctimeMs));
}
