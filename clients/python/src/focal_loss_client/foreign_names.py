"""Names that other libraries have for arguments, and what those are here."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

Method = TypeVar("Method", bound=Callable[..., Any])


def with_name_hints(method: Method) -> Method:
    """Let a method raise a TypeError that says what a foreign name of an argument is here."""

    @functools.wraps(method)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for name in kwargs:
            if name in FOREIGN_NAME_HINTS:
                raise TypeError(f"unknown argument {name!r}; {FOREIGN_NAME_HINTS[name]}")
        return method(*args, **kwargs)

    return cast(Method, checked)


# `npm run docs` writes this table from src/codecs/foreign-names.ts, by which the service itself answers.
# fmt: off
FOREIGN_NAME_HINTS = {
    "input": 'here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
    "inputs": 'here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
    "pred": 'here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
    "preds": 'here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
    "prediction": 'here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
    "predictions": 'here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
    "output": 'here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
    "y_pred": 'here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
    "score": 'here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
    "scores": 'here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
    "x": 'here it is "logits", or "probabilities" if the values are behind a sigmoid or softmax',
    "prob": 'here it is "probabilities"',
    "probs": 'here it is "probabilities"',
    "proba": 'here it is "probabilities"',
    "y_prob": 'here it is "probabilities"',
    "y_score": 'here it is "probabilities"',
    "target": 'here it is "labels"',
    "targets": 'here it is "labels"',
    "y_true": 'here it is "labels"',
    "y": 'here it is "labels"',
    "gt": 'here it is "labels"',
    "ground_truth": 'here it is "labels"',
    "gt_labels": 'here it is "labels"',
    "to_onehot_y": 'not needed: "labels" are class indices or one-hot, which their shape tells',
    "one_hot": 'not needed: "labels" are class indices or one-hot, which their shape tells',
    "onehot": 'not needed: "labels" are class indices or one-hot, which their shape tells',
    "weight": 'here it is "class_weights", one for each class, or "sample_weights", one for each sample',
    "weights": 'here it is "class_weights", one for each class, or "sample_weights", one for each sample',
    "class_weight": 'here it is "class_weights", a list with a number for each class',
    "sample_weight": 'here it is "sample_weights"',
    "pos_weight": 'a weight w of positives is "alpha" w / (1 + w) with "class_weights" 1 + w for each class',
    "scale_pos_weight": 'a weight w of positives is "alpha" w / (1 + w) with "class_weights" 1 + w for each class',
    "mask": 'a label of the value "ignore_index" is left out, and a sample of weight 0 in "sample_weights" adds nothing',
    "valid_mask": 'a label of the value "ignore_index" is left out, and a sample of weight 0 in "sample_weights" adds nothing',
    "where": 'a label of the value "ignore_index" is left out, and a sample of weight 0 in "sample_weights" adds nothing',
    "ignore_label": 'here it is "ignore_index"',
    "ignore_value": 'here it is "ignore_index"',
    "ignored_index": 'here it is "ignore_index"',
    "void_index": 'here it is "ignore_index"',
    "background_label": 'here it is "background_index"',
    "background_class": 'here it is "background_index"',
    "bg_index": 'here it is "background_index"',
    "bg_class": 'here it is "background_index"',
    "include_background": 'leave the class out of the predictions, or give it 0 in "class_weights"',
    "axis": 'here it is "class_axis"',
    "dim": 'here it is "class_axis"',
    "class_dim": 'here it is "class_axis"',
    "channel_axis": 'here it is "class_axis"',
    "channel_dim": 'here it is "class_axis"',
    "num_classes": 'not needed: the size of the predictions along "class_axis" tells',
    "num_class": 'not needed: the size of the predictions along "class_axis" tells',
    "n_classes": 'not needed: the size of the predictions along "class_axis" tells',
    "no_of_classes": 'not needed: the size of the predictions along "class_axis" tells',
    "from_logits": 'the name of the predictions tells: "logits", or "probabilities" behind a sigmoid or softmax',
    "activated": 'the name of the predictions tells: "logits", or "probabilities" behind a sigmoid or softmax',
    "use_sigmoid": 'here it is "activation": "sigmoid" for binary and multi-label, "softmax" for one class of many',
    "use_softmax": 'here it is "activation": "sigmoid" for binary and multi-label, "softmax" for one class of many',
    "softmax": 'here it is "activation": "sigmoid" for binary and multi-label, "softmax" for one class of many',
    "sigmoid": 'here it is "activation": "sigmoid" for binary and multi-label, "softmax" for one class of many',
    "mode": 'here it is "activation": "sigmoid" for binary and multi-label, "softmax" for one class of many',
    "loss_type": 'here it is "activation": "sigmoid" for binary and multi-label, "softmax" for one class of many',
    "multilabel": 'here it is "activation": "sigmoid" for binary and multi-label, "softmax" for one class of many',
    "multi_label": 'here it is "activation": "sigmoid" for binary and multi-label, "softmax" for one class of many',
    "focal_gamma": 'here it is "gamma"',
    "focusing": 'here it is "gamma"',
    "focusing_parameter": 'here it is "gamma"',
    "focal_alpha": 'here it is "alpha": a number turns it on, and "off" off',
    "apply_class_balancing": 'here it is "alpha": a number turns it on, and "off" off',
    "balanced": 'here it is "alpha": {"balanced": true}',
    "is_unbalance": 'here it is "alpha": {"balanced": true}',
    "auto_balance": 'here it is "alpha": {"balanced": true}',
    "class_counts": 'here it is in "alpha": {"effective_number": {"beta": 0.999, "class_counts": […]}}',
    "samples_per_cls": 'here it is in "alpha": {"effective_number": {"beta": 0.999, "class_counts": […]}}',
    "samples_per_class": 'here it is in "alpha": {"effective_number": {"beta": 0.999, "class_counts": […]}}',
    "cls_num_list": 'here it is in "alpha": {"effective_number": {"beta": 0.999, "class_counts": […]}}',
    "class_frequencies": 'here it is in "alpha": {"effective_number": {"beta": 0.999, "class_counts": […]}}',
    "effective_number": 'here it is in "alpha": {"effective_number": {"beta": 0.999}}',
    "beta": 'that of class-balanced loss is in "alpha", {"effective_number": {"beta": 0.999}}; that of Quality Focal Loss is "gamma"',
    "smoothing": 'here it is "label_smoothing"',
    "label_smooth": 'here it is "label_smoothing"',
    "smooth_factor": 'here it is "label_smoothing"',
    "eps": 'here it is "epsilon", and only "probabilities" need it',
    "clip_eps": 'here it is "epsilon", and only "probabilities" need it',
    "size_average": 'here it is "reduction": "mean", "sum" or "none"',
    "reduce": 'here it is "reduction": "mean", "sum" or "none"',
    "average": 'here it is "reduction": "mean", "sum" or "none"',
    "reduction_override": 'here it is "reduction": "mean", "sum" or "none"',
    "ragged_reduction": 'here it is "reduction": "mean", "sum" or "none"',
    "avg_factor": 'here it is "normalizer", what a mean divides by: a number, or "positives" to have them counted',
    "num_boxes": 'here it is "normalizer", what a mean divides by: a number, or "positives" to have them counted',
    "num_pos": 'here it is "normalizer", what a mean divides by: a number, or "positives" to have them counted',
    "num_foreground": 'here it is "normalizer", what a mean divides by: a number, or "positives" to have them counted',
    "normalize": 'here it is "normalizer", what a mean divides by: a number, or "positives" to have them counted',
    "normalized": 'here it is "normalizer", what a mean divides by: a number, or "positives" to have them counted',
    "loss_weight": "multiply the loss and the gradients, which are linear in it",
    "lambda_focal": "multiply the loss and the gradients, which are linear in it",
    "focal_weight": "multiply the loss and the gradients, which are linear in it",
    "scale": "multiply the loss and the gradients, which are linear in it",
    "temperature": "divide the logits by it, and their gradients too",
    "names": 'here it is "class_names"',
    "categories": 'here it is "class_names"',
    "class_labels": 'here it is "class_names"',
    "gradients": 'here it is an item of "outputs": ["loss", "gradients"]',
    "grad": 'here it is an item of "outputs": ["loss", "gradients"]',
    "return_gradients": 'here it is an item of "outputs": ["loss", "gradients"]',
    "hessian": 'here it is an item of "outputs": ["loss", "gradients"]',
    "elementwise": 'here it is an item of "outputs": ["loss", "gradients"]',
    "per_class": 'here it is an item of "outputs": ["loss", "gradients"]',
    "difficulty": 'here it is an item of "outputs": ["loss", "gradients"]',
    "posterior": 'here it is an item of "outputs": ["loss", "gradients"]',
    "calibration": 'here it is an item of "outputs": ["loss", "gradients"]',
    "dtype": 'tensors have their own; that of the gradients is "gradients_dtype"',
    "grad_dtype": 'tensors have their own; that of the gradients is "gradients_dtype"',
    "timeout": 'under /v2 a request has a parameter "timeout"; else the setting "REQUEST_TIMEOUT_MS" holds, or the client stops waiting',
    "timeout_ms": 'under /v2 a request has a parameter "timeout"; else the setting "REQUEST_TIMEOUT_MS" holds, or the client stops waiting',
    "deadline": 'under /v2 a request has a parameter "timeout"; else the setting "REQUEST_TIMEOUT_MS" holds, or the client stops waiting',
}
# fmt: on
