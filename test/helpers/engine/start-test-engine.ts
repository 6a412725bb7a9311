import type { Engine } from '../../../src/engine/engine.ts';
import { startEngine } from '../../../src/engine/engine-pool.ts';
import { mustBeClosed, nothingLeft } from '../nothing-left.ts';

/** As `startEngine`. After every test the engine must have no batch, and at the end of the file it must be closed. */
export function startTestEngine(...args: Parameters<typeof startEngine>): Engine {
  const engine = startEngine(...args);
  const closed = mustBeClosed('an engine');
  let end = () => {};
  engine.ready.then(
    () => {
      // On a GPU it is never idle, as it has no threads on the CPU.
      if (engine.isIdle) end = nothingLeft('the engine has no batch', () => engine.isIdle || engine.info === undefined);
    },
    () => {},
  );
  const close = engine.close.bind(engine);
  engine.close = async () => {
    await close();
    end();
    closed();
  };
  return engine;
}
