// Lets a process with the kit's libraries start its children in the same way.
import { fileURLToPath } from 'node:url';

process.execPath = fileURLToPath(new URL('node-with-libraries', import.meta.url));
