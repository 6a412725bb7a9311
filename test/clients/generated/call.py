"""Calls the service by the client that OpenAPI Generator has made for Python. Argument: the URL."""

import sys

import focalloss
from focalloss.models.focal_loss_request import FocalLossRequest
from focalloss.models.sweep_request import SweepRequest

LOGITS = [[2.2, -1.3, -4.0], [-3.1, 0.4, 0.7]]
ONE_HOT = [[1, 0, 0], [0, 1, 0]]

client = focalloss.ApiClient(focalloss.Configuration(host=sys.argv[1]))
loss = focalloss.LossApi(client)

result = loss.compute_focal_loss(FocalLossRequest(logits=LOGITS, labels=[0, 1], activation="softmax"))
assert abs(result.loss - 0.14578620167165574) < 1e-12, result.loss
assert abs(result.gradients[1][1] + 0.21996975) < 1e-8, result.gradients

for options in (
    {"gamma": [1, 2, 3.5]},
    {"gamma": {"positive": 1, "negative": 4}, "margin": 0.05, "alpha": "off"},
    {"alpha": {"balanced": True}, "normalizer": "positives"},
    {"outputs": ["loss", "elementwise", "hessian", "difficulty", "posterior", "calibration"], "alpha": 0.3},
):
    result = loss.compute_focal_loss(FocalLossRequest(logits=LOGITS, labels=ONE_HOT, **options))
    assert result.loss > 0, result

sweep = loss.sweep_focal_loss(SweepRequest(logits=LOGITS, labels=ONE_HOT, gammas=[0, 2], alphas=[None, {"balanced": True}]))
assert len(sweep.grid) == 4 and sweep.grid[0].loss > sweep.grid[2].loss, sweep

try:
    loss.compute_focal_loss(FocalLossRequest(logits=LOGITS, labels=[0, 3]))
except focalloss.ApiException as error:
    assert error.status == 422 and "/labels/1" in error.body, error
else:
    raise AssertionError("a label that is no class was accepted")

assert focalloss.OperationApi(client).describe_engine().limits.max_classes > 0
assert focalloss.OpenInferenceApi(client).get_model_metadata().name == "focal-loss"
