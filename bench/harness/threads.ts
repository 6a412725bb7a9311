/** Threads that the engine and each of its competitors compute on. */
export const THREADS = 2;
