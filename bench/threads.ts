/** Threads that the engine and each of its peers compute on. */
export const THREADS = 2;
