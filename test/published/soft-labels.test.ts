import { test } from 'node:test';
import { startTestService } from '../helpers/service.ts';
import { assertPublished } from './published.ts';

// A label strictly between 0 and 1 has several meanings in the field. The published values are all of the logit 1.2
// under the label 0.3, at gamma 2, alpha off.

const service = await startTestService();

const batch = { logits: [1.2], labels: [0.3], gamma: 2, alpha: null };

test('torchvision, optax, Transformers and Keras: a soft label interpolates p_t', async () => {
  const { loss } = await service.focalLoss({ ...batch, soft_labels: 'interpolated' });
  assertPublished(loss, '0.4070525');
  assertPublished((await service.focalLoss(batch)).loss, '0.4070525');
});

test('kornia, binary_focal_loss_with_logits: a soft label weighs the two hard terms', async () => {
  assertPublished((await service.focalLoss({ ...batch, soft_labels: 'termwise' })).loss, '0.6092134');
});

test('Quality Focal Loss (Li et al. 2020), mmdetection: a soft label is a quality, |y - p|^gamma of the cross-entropy', async () => {
  assertPublished((await service.focalLoss({ ...batch, soft_labels: 'quality' })).loss, '0.2421876');
});

// Not held: MONAI's 0.4210263, which takes sigma(-x (2y - 1)) for 1 - p_t, and the 0.4926351 of
// segmentation_models_pytorch, which takes exp(-cross-entropy) for p_t. The contract has neither meaning; both agree
// with it for hard labels.

test('Keras, BinaryFocalCrossentropy(label_smoothing=0.1): smooths first, and takes p_t from the smoothed label', async () => {
  const smoothed = { logits: [1.2], labels: [1], gamma: 2, alpha: null, label_smoothing: 0.1 };
  assertPublished((await service.focalLoss(smoothed)).loss, '0.0215737');
  // The label that was meant, without smoothing:
  assertPublished((await service.focalLoss({ ...smoothed, label_smoothing: 0, labels: [0.95] })).loss, '0.0215737');
  // Not held: the 0.0173217 of EfficientDet and apex, whose focusing factor comes from the hard label and whose
  // cross-entropy from the smoothed one.
});

test('weighted cross-entropy: a class weight multiplies the loss and leaves p_t alone', async () => {
  // 0.6394547 is what comes out where p_t is taken as exp(-weighted cross-entropy), a common mistake.
  const { loss } = await service.focalLoss({ logits: [1], labels: [1], gamma: 2, alpha: null, class_weights: [4] });
  assertPublished(loss, '0.0906322');
});

test('Class-Balanced Loss (Cui et al. 2019), n = [5000, 1000, 100, 10], beta 0.999: its weights as class_weights', async () => {
  const n = [5000, 1000, 100, 10];
  const effective = n.map((count) => (1 - 0.999) / (1 - 0.999 ** count));
  const total = effective.reduce((sum, weight) => sum + weight, 0);
  const class_weights = effective.map((weight) => (weight * n.length) / total);
  assertPublished(class_weights, '[0.0354675, 0.0557154, 0.3700232, 3.5387939]');

  // Every logit 0 and its own class: p_t = 1/4 under softmax, (3/4)^2 ln 4 before the weight.
  const logits = n.map(() => [0, 0, 0, 0]);
  const response = await service.focalLoss({
    activation: 'softmax',
    logits,
    labels: [0, 1, 2, 3],
    gamma: 2,
    class_weights,
    reduction: 'none',
    outputs: ['elementwise'],
  });
  const each = response.elementwise.map((loss: number) => loss / ((3 / 4) ** 2 * Math.log(4)));
  assertPublished(each, '[0.0354675, 0.0557154, 0.3700232, 3.5387939]');
});
