import { BufferPool } from '../../../src/core/buffer-pool.ts';
import { nothingLeft } from '../nothing-left.ts';

/** As `new BufferPool`. After every test nothing of it must be in use. */
export function createTestBuffers(bytes: number): BufferPool {
  const pool = new BufferPool(bytes);
  nothingLeft('no buffer is in use', () => pool.usage.inUse === 0);
  return pool;
}
