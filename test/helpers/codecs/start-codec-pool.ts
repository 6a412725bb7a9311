import { CodecPool } from '../../../src/codecs/codec-pool.ts';
import { mustBeClosed, nothingLeft } from '../nothing-left.ts';

/** As `new CodecPool`. After every test a thread must be free, and at the end of the file the pool must be closed. */
export function startCodecPool(...args: ConstructorParameters<typeof CodecPool>): CodecPool {
  const pool = new CodecPool(...args);
  const end = nothingLeft('a codec thread is free', () => pool.hasFreeThread);
  const closed = mustBeClosed('a codec pool');
  const close = pool.close.bind(pool);
  pool.close = async () => {
    await close();
    end();
    closed();
  };
  return pool;
}
