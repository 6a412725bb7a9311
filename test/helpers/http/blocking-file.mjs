import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

// Lets the opening of one file, a pipe, block a thread of Node's pool, as a network drive that is gone does.

const { open } = fs;
fs.open = (path, ...rest) => (path === process.env.BLOCKING_FILE ? open(path) : open(path, ...rest));
syncBuiltinESMExports();
