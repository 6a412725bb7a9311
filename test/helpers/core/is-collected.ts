import { setImmediate as nextTurn } from 'node:timers/promises';
import { collectGarbage } from '../../../src/core/collect-garbage.ts';

/** Whether nothing refers to an object any more. The caller must not, either: it makes it in a function of its own. */
export async function isCollected(reference: WeakRef<object>): Promise<boolean> {
  for (let turn = 0; turn < 20; turn++) {
    await nextTurn(); // An object that was looked at stays until the end of the turn.
    collectGarbage();
    if (reference.deref() === undefined) return true;
  }
  return false;
}
