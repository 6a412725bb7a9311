/** Two elements' losses and derivatives with respect to their inputs, weighted. */
@unmanaged
export class Term {
  loss: v128;
  gradient: v128;
  hessian: v128;
  /** −y log p − (1 − y) log q, not weighted. */
  crossEntropy: v128;
}
