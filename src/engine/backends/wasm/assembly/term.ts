/** The weighted losses of two elements and their derivatives with respect to the inputs. */
@unmanaged
export class Term {
  loss: v128;
  gradient: v128;
  hessian: v128;
  /** −y log p − (1 − y) log q, without any weight. */
  crossEntropy: v128;
}
