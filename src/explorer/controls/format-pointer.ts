import { html } from '../html.ts';

/** A JSON pointer in front of a message. The empty one stands for the whole request, and is not shown. */
export function formatPointer(pointer: string): (Node | string)[] {
  return pointer === '' ? [] : [html('code', {}, pointer), ' '];
}
