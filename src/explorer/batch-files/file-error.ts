/** A file that the page cannot read. The message says what was expected, what is there, and what to do. */
export class FileError extends Error {}
