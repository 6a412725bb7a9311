/** A program that writes a batch to a file that the page opens. */
export interface FileProgram {
  readonly framework: string;
  readonly code: string;
}

/** `docs/tutorials/explorer.md` has the same, and tests run them. */
export const FILE_PROGRAMS: readonly FileProgram[] = [
  {
    framework: 'PyTorch',
    code: `from safetensors.torch import save_file
batch = {"logits": logits.detach().contiguous(), "labels": labels.contiguous()}
save_file(batch, "batch.safetensors", {"activation": "softmax"})
`,
  },
  {
    framework: 'Keras',
    code: `import numpy as np
probabilities = model.predict(x)
np.savez("batch.npz", probabilities=probabilities, labels=y, activation="softmax")
`,
  },
  {
    framework: 'JAX',
    code: `import numpy as np
arrays = {"logits": np.asarray(logits, np.float32), "labels": np.asarray(labels)}
np.savez("batch.npz", **arrays, activation="softmax")
`,
  },
  {
    framework: 'NumPy',
    code: `import numpy as np
np.savez("batch.npz", logits=logits, labels=labels, activation="softmax")
`,
  },
];
