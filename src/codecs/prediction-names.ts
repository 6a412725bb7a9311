/** The tensors of a request that are predictions, of which it has one. */
export function isPredictions(name: string): boolean {
  return name === 'logits' || name === 'probabilities';
}
