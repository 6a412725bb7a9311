"""Loss and gradients against autograd in float64."""

import pytest

torch = pytest.importorskip("torch")
from torch_reference import sigmoid_focal_loss, softmax_focal_loss

from focal_loss_client.torch import FocalLoss, focal_loss

SHAPES = {"rows": (40, 5), "images": (3, 5, 4, 6)}
DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
WEIGHT = torch.tensor([0.5, 1.0, 2.0, 0.25, 3.0])
PARAMETERS = {
    "plain": {},
    "weight": {"weight": WEIGHT},
    "ignored": {"ignore_index": 2},
    "smooth": {"label_smoothing": 0.1},
    "all": {"weight": WEIGHT, "ignore_index": 2, "label_smoothing": 0.1},
}


def batch(shape, activation, dtype=torch.float32):
    generator = torch.Generator().manual_seed(7)
    logits = (3 * torch.randn(shape, generator=generator)).to(dtype).requires_grad_()
    if activation == "softmax":
        return logits, torch.randint(5, (shape[0], *shape[2:]), generator=generator)
    labels = torch.randint(3, shape, generator=generator)
    return logits, labels.where(labels > 0, 2) - 1 if activation == "sigmoid" else labels


def compare(loss, reference, logits):
    """Compare losses, and their gradients for upstream gradients of any size."""
    assert loss.dtype == (torch.float64 if logits.dtype == torch.float64 else torch.float32)
    assert loss.shape == reference.shape
    torch.testing.assert_close(loss.double(), reference, rtol=1e-6, atol=1e-9)
    upstream = 1 + torch.rand(loss.shape, generator=torch.Generator().manual_seed(1))
    (gradients,) = torch.autograd.grad(loss, logits, upstream.to(loss))
    (expected,) = torch.autograd.grad(reference, logits, upstream.to(reference))
    assert (gradients.dtype, gradients.shape) == (logits.dtype, logits.shape)
    rtol = max(2e-6, torch.finfo(logits.dtype).eps)
    torch.testing.assert_close(gradients.double(), expected.double(), rtol=rtol, atol=1e-7)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_softmax(service_url, shape, name, reduction, dtype):
    logits, labels = batch(shape, "softmax", dtype)
    parameters = {"reduction": reduction, **PARAMETERS[name]}
    loss = FocalLoss(gamma=2, activation="softmax", client=service_url, **parameters)(logits, labels)
    compare(loss, softmax_focal_loss(logits, labels, **parameters), logits)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_sigmoid(service_url, shape, name, reduction, dtype):
    logits, labels = batch(shape, "dense", dtype)
    parameters = {"ignore_index": 2, "reduction": reduction, **PARAMETERS[name]}
    loss = FocalLoss(gamma=2, alpha=0.25, client=service_url, **parameters)(logits, labels)
    compare(loss, sigmoid_focal_loss(logits, labels, **parameters), logits)


@pytest.mark.parametrize("name", PARAMETERS)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_without_focusing_it_is_cross_entropy_of_pytorch(service_url, reduction, name):
    for shape in SHAPES.values():
        logits, labels = batch(shape, "softmax")
        parameters = {"reduction": reduction, **PARAMETERS[name]}
        loss = FocalLoss(gamma=0, activation="softmax", client=service_url, **parameters)(logits, labels)
        double = {name: value.double() if name == "weight" else value for name, value in parameters.items()}
        compare(loss, torch.nn.functional.cross_entropy(logits.double(), labels, **double), logits)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_without_focusing_it_is_cross_entropy_of_probabilities(service_url, reduction):
    logits, _ = batch((40, 5), "softmax")
    labels = torch.rand(40, 5, generator=torch.Generator().manual_seed(2)).softmax(1)
    parameters = {"weight": WEIGHT, "reduction": reduction, "label_smoothing": 0.1}
    loss = focal_loss(logits, labels, gamma=0, activation="softmax", client=service_url, **parameters)
    parameters["weight"] = WEIGHT.double()
    compare(loss, torch.nn.functional.cross_entropy(logits.double(), labels.double(), **parameters), logits)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_without_focusing_it_is_binary_cross_entropy_of_pytorch(service_url, reduction):
    logits, labels = batch((40, 5), "sigmoid")
    loss = focal_loss(logits, labels, gamma=0, alpha=None, weight=WEIGHT, reduction=reduction, client=service_url)
    reference = torch.nn.functional.binary_cross_entropy_with_logits(
        logits.double(), labels.double(), WEIGHT.double(), reduction=reduction
    )
    compare(loss, reference, logits)


def test_class_weights_have_the_divisor_of_the_service(service_url):
    logits, labels = batch((40, 5), "softmax")
    loss = focal_loss(logits, labels, activation="softmax", class_weights=WEIGHT, client=service_url)
    compare(loss, softmax_focal_loss(logits, labels, weight=WEIGHT, reduction="sum") / 40, logits)


def test_a_named_normalizer_is_that_of_weight_too(service_url):
    logits, labels = batch((40, 5), "softmax")
    options = {"activation": "softmax", "normalizer": "samples", "client": service_url}
    loss = focal_loss(logits, labels, weight=WEIGHT, **options)
    assert loss == focal_loss(logits, labels, class_weights=WEIGHT, **options)


def test_a_batch_whose_labels_have_no_weight_has_the_loss_0(service_url):
    logits, labels = batch((40, 5), "softmax")
    for parameters in (
        {"weight": torch.zeros(5)},
        {"weight": WEIGHT, "ignore_index": 1},
        {"weight": torch.tensor([1.0, 0, 1, 1, 1]), "label_smoothing": 0.1},
    ):
        loss = focal_loss(logits, torch.ones_like(labels), activation="softmax", client=service_url, **parameters)
        assert loss == 0
        assert not torch.autograd.grad(loss, logits)[0].any()


def test_classes_are_axis_1_unless_another_is_named(service_url):
    logits, labels = batch((3, 5, 4, 6), "softmax")
    first = focal_loss(logits, labels, activation="softmax", reduction="none", client=service_url)
    for axis in (0, 2, -1, -2):
        moved = focal_loss(
            logits.movedim(1, axis), labels, activation="softmax", reduction="none", class_axis=axis, client=service_url
        )
        torch.testing.assert_close(first, moved)
        upstream = torch.rand_like(first)
        (expected,) = torch.autograd.grad(first, logits, upstream, retain_graph=True)
        torch.testing.assert_close(torch.autograd.grad(moved, logits, upstream)[0], expected)


def test_one_axis_is_one_class(service_url):
    logits, labels = batch((40,), "dense")
    compare(
        focal_loss(logits, labels, ignore_index=2, client=service_url),
        sigmoid_focal_loss(logits.unsqueeze(1), labels.unsqueeze(1), ignore_index=2),
        logits,
    )


def test_weights_of_samples_and_elements(service_url):
    logits, labels = batch((40, 5), "sigmoid")
    sample_weights, element_weights = torch.rand(40), torch.rand(40, 5)
    options = {"client": service_url, "normalizer": "weights"}
    loss = FocalLoss(**options)(logits, labels, sample_weights=sample_weights, element_weights=element_weights)
    weights = sample_weights.double()[:, None] * element_weights.double()
    reference = (sigmoid_focal_loss(logits, labels, reduction="none") * weights).sum() / weights.sum()
    compare(loss, reference, logits)


def test_strides_and_layouts_of_logits_and_labels(service_url):
    logits, labels = batch((3, 5, 4, 6), "softmax")
    expected = focal_loss(logits, labels, activation="softmax", client=service_url)
    channels_last = logits.contiguous(memory_format=torch.channels_last)
    flipped = labels.mT.contiguous().mT
    assert focal_loss(channels_last, flipped, activation="softmax", client=service_url) == expected


@pytest.mark.parametrize("name", ["F16", "BF16"])
def test_gradients_that_travel_as_fewer_bytes(service_url, name):
    pytest.importorskip("ml_dtypes")
    logits, labels = batch((40, 5), "softmax")
    loss = focal_loss(logits, labels, activation="softmax", gradients_dtype=name, client=service_url)
    (gradients,) = torch.autograd.grad(loss, logits)
    (expected,) = torch.autograd.grad(softmax_focal_loss(logits, labels), logits)
    torch.testing.assert_close(gradients, expected, rtol=5e-3, atol=1e-5)


def test_options_may_be_tensors(service_url):
    logits, labels = batch((40, 5), "sigmoid")
    alphas, gammas = torch.full((5,), 0.25), torch.full((5,), 2.0)
    sides = {"positive": gammas, "negative": gammas}
    expected = focal_loss(logits, labels, client=service_url)
    assert focal_loss(logits, labels, gamma=gammas, alpha=alphas, client=service_url) == expected
    assert focal_loss(logits, labels, gamma=sides, alpha=torch.tensor(0.25), client=service_url) == expected
