/** Whether a tensor of this name has the predictions, of which a request has one. */
export function isPredictions(name: string): boolean {
  return name === 'logits' || name === 'probabilities';
}
