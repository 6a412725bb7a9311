"""What PyTorch expects of a loss: modules, autograd, mixed precision, compilation."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch_reference import softmax_focal_loss

from focal_loss_client import FocalLossClient, InvalidRequestError
from focal_loss_client.torch import FocalLoss, focal_loss

LABELS = torch.tensor([0, 2, 1, 1])


def logits(requires_grad=True):
    return torch.randn(4, 3, generator=torch.Generator().manual_seed(3)).requires_grad_(requires_grad)


@pytest.fixture
def softmax(service_url):
    return FocalLoss(activation="softmax", client=service_url)


@pytest.fixture
def calls(service_url, monkeypatch):
    """The outputs that each call requests."""
    outputs = []
    original = FocalLossClient.focal_loss

    def focal_loss(self, *args, **kwargs):
        outputs.append(kwargs["outputs"])
        return original(self, *args, **kwargs)

    monkeypatch.setattr(FocalLossClient, "focal_loss", focal_loss)
    return outputs


def test_gradients_are_requested_only_if_the_logits_require_them(softmax, calls):
    loss = softmax(logits(), LABELS)
    with torch.no_grad():
        assert softmax(logits(), LABELS) == loss
    with torch.inference_mode():
        assert softmax(logits(), LABELS) == loss
    assert not softmax(logits(requires_grad=False), LABELS).requires_grad
    softmax.reduction = "none"
    assert softmax(logits(requires_grad=False), LABELS).shape == (4,)
    assert calls == [["loss", "gradients"], ["loss"], ["loss"], ["loss"], ["elementwise"]]


def test_a_second_derivative_is_an_error_and_not_0(softmax):
    x = logits()
    (gradients,) = torch.autograd.grad(softmax(2 * x, LABELS), x, create_graph=True)
    (expected,) = torch.autograd.grad(softmax_focal_loss(2 * x, LABELS), x)
    torch.testing.assert_close(gradients, expected)
    with pytest.raises(RuntimeError, match=r"no second derivative.*create_graph"):
        torch.autograd.grad(gradients.square().sum(), x)
    with pytest.raises(RuntimeError, match=r"no second derivative.*create_graph"):
        (x.square().sum() + torch.autograd.grad(softmax(2 * x, LABELS), x, create_graph=True)[0].sum()).backward()


def test_backward_twice(softmax):
    x = logits()
    loss = softmax(x, LABELS)
    loss.backward(retain_graph=True)
    once = x.grad.clone()
    loss.backward()
    torch.testing.assert_close(x.grad, 2 * once)
    with pytest.raises(RuntimeError, match="second time"):
        loss.backward()


def test_logits_may_change_after_the_call(softmax):
    x = logits()
    y = 1 * x
    loss = softmax(y, LABELS)
    y.sigmoid_()
    loss.backward()
    assert x.grad.isfinite().all()


@pytest.mark.parametrize(
    ("name", "size"), [("labels", (4, 3)), ("sample_weights", (4,)), ("weight", (3,)), ("gamma", ())]
)
def test_nothing_but_logits_has_gradients(service_url, name, size):
    arguments = {"labels": LABELS, "activation": "softmax", name: torch.full(size, 1 / 3).requires_grad_()}
    with pytest.raises(RuntimeError, match=rf"{name}: .*pass {name}.detach\(\)"):
        focal_loss(logits(), client=service_url, **arguments)
    with torch.no_grad():
        assert focal_loss(logits(), client=service_url, **arguments) > 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"outputs": ["hessian"]}, TypeError, "'outputs' cannot be set here: .*FocalLossClient.focal_loss"),
        ({"hessian_form": "detached"}, TypeError, "'hessian_form' cannot be set here"),
        ({"weight": torch.ones(3), "class_weights": [1, 1, 1]}, TypeError, "'weight' and 'class_weights' are both"),
        ({"denominator": 3, "normalizer": "positives"}, TypeError, "'denominator' and 'normalizer' are both"),
        ({"denominator": 3, "reduction": "sum"}, TypeError, "'denominator' is the divisor of a mean"),
        ({"denominator": "local"}, ValueError, "expected 'global' or a number, got 'local'"),
        ({"reduction": "average"}, ValueError, "expected one of mean, sum, none, got 'average'"),
        ({"size_average": True}, TypeError, "'size_average'.*\"reduction\""),
        ({"pos_weight": torch.ones(3)}, TypeError, "a weight w of positives"),
        ({"gama": 2}, TypeError, "is it 'gamma'"),
    ],
)
def test_arguments_that_cannot_work(arguments, error, message):
    with pytest.raises(error, match=message):
        FocalLoss(**arguments)
    with pytest.raises(error, match=message):
        focal_loss(logits(), LABELS, client="http://127.0.0.1:1", **arguments)


@pytest.mark.parametrize("denominator", [0, -1.0, float("nan"), torch.tensor(0)])
def test_denominators_that_are_not_above_0(softmax, denominator):
    with pytest.raises(ValueError, match=r"denominator: expected a number above 0.*max"):
        softmax(logits(), LABELS, denominator=denominator)


def test_a_given_denominator_accumulates_to_the_whole_batch(service_url):
    x = logits()
    (expected,) = torch.autograd.grad(focal_loss(x, LABELS, normalizer="positives", client=service_url), x)
    loss = FocalLoss(client=service_url)
    for rows in (slice(0, 1), slice(1, 4)):
        loss(x[rows], LABELS[rows], denominator=torch.tensor(4)).backward()
    torch.testing.assert_close(x.grad, expected)


def test_a_global_denominator_without_processes_is_that_of_the_batch(service_url):
    for options in ({"normalizer": "positives"}, {"activation": "softmax", "weight": torch.tensor([1.0, 2, 3])}):
        loss = FocalLoss(denominator="global", client=service_url, **options)(logits(), LABELS)
        assert loss == FocalLoss(client=service_url, **options)(logits(), LABELS)


def test_errors_of_the_service_reach_the_caller(softmax):
    with pytest.raises(InvalidRequestError, match="/labels"):
        softmax(logits(), LABELS + 7)


def test_a_module_is_copied_pickled_saved_and_shown(service_url):
    loss = FocalLoss(gamma=3, activation="softmax", weight=torch.tensor([1.0, 2, 3]), client=service_url)
    expected = loss(logits(), LABELS)
    for other in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        assert other(logits(), LABELS) == expected
    reference = torch.nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2, 3]))
    assert loss.state_dict().keys() == reference.state_dict().keys()
    loss.load_state_dict(reference.state_dict())
    assert repr(loss) == "FocalLoss(gamma=3, activation='softmax', reduction='mean')"


def test_the_environment_names_the_service(service_url, monkeypatch):
    monkeypatch.setenv("FOCAL_LOSS_URL", service_url)
    assert FocalLoss()(logits(), LABELS).requires_grad


def test_labels_of_other_types(softmax):
    expected = softmax(logits(), LABELS)
    for labels in (LABELS.to(torch.int32), LABELS.to(torch.uint8), LABELS.numpy(), LABELS.tolist()):
        assert softmax(logits(), labels) == expected
    dense = torch.nn.functional.one_hot(LABELS, 3)
    for dtype in (torch.bool, torch.bfloat16, torch.float16, torch.float64):
        torch.testing.assert_close(softmax(logits(), dense.to(dtype)), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_mixed_precision(softmax, dtype):
    torch.manual_seed(0)
    model = torch.nn.Linear(8, 3)
    images = torch.randn(4, 8)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16, enabled=dtype == torch.float16)
    with torch.autocast("cpu", dtype):
        outputs = model(images)
        loss = softmax(outputs, LABELS)
        reference = softmax_focal_loss(outputs, LABELS)
    assert (outputs.dtype, loss.dtype) == (dtype, torch.float32)
    (expected,) = torch.autograd.grad(reference, model.weight, retain_graph=True)
    scaler.scale(loss).backward()
    scale = scaler.get_scale()
    torch.testing.assert_close(model.weight.grad / scale, expected, rtol=0.02, atol=1e-4)


def test_loss_scaling_keeps_gradients_that_float16_would_lose(softmax):
    x = torch.tensor([[9.0, 0.0, 0.0]]).half().requires_grad_()
    (unscaled,) = torch.autograd.grad(softmax(x, LABELS[:1]), x)
    (scaled,) = torch.autograd.grad(softmax(x, LABELS[:1]) * 2.0**16, x)
    (expected,) = torch.autograd.grad(softmax_focal_loss(x, LABELS[:1]) * 2.0**16, x)
    assert not unscaled.any()
    torch.testing.assert_close(scaled, expected, rtol=0.02, atol=0)
    assert scaled.all()


def test_one_graph_break_when_compiled(softmax):
    torch._dynamo.reset()
    model = torch.nn.Linear(3, 3)

    def step(x, labels):
        return softmax(model(x).relu(), labels) * 2

    x = logits()
    assert torch._dynamo.explain(step)(x, LABELS).graph_break_count <= 1
    compiled = torch.compile(step, backend="eager")(x, LABELS)
    expected = step(x, LABELS)
    torch.testing.assert_close(compiled, expected)
    torch.testing.assert_close(torch.autograd.grad(compiled, x), torch.autograd.grad(expected, x))


def test_the_import_says_what_is_missing():
    code = "import sys; sys.modules['torch'] = None; import focal_loss_client.torch"
    failed = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    assert "pip install 'focal-loss-client[torch]'" in failed.stderr


def test_the_client_itself_does_not_import_it():
    code = "import sys, focal_loss_client; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU that PyTorch can use")
def test_on_a_gpu(softmax):
    x = logits()
    expected = softmax(x, LABELS)
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        y = x.detach().to("cuda", dtype).requires_grad_()
        loss = softmax(y, LABELS.cuda())
        assert loss.device == y.device
        torch.testing.assert_close(loss.cpu(), expected, rtol=0.02, atol=0.01)
        loss.backward()
        (gradients,) = torch.autograd.grad(softmax_focal_loss(y.cpu(), LABELS), y)
        torch.testing.assert_close(y.grad, gradients, rtol=0.02, atol=1e-4)
        np.testing.assert_equal(softmax(y.detach(), LABELS.cuda()).item(), loss.item())


def test_gamma_of_a_side_has_no_gradients(service_url):
    gamma = {"positive": torch.tensor(1.0, requires_grad=True), "negative": 4.0}
    with pytest.raises(RuntimeError, match=r"positive: .*pass positive.detach\(\)"):
        focal_loss(logits(), LABELS, gamma=gamma, client=service_url)


def test_transformations_of_functions_are_errors(softmax):
    def loss(x):
        return softmax(x, LABELS)

    for transformed in (torch.func.grad(loss), torch.func.vmap(lambda x: focal_loss(x, torch.tensor(0)))):
        with pytest.raises(RuntimeError, match=r"torch\.func cannot transform it"):
            transformed(logits(False))
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(logits(False), torch.ones(4, 3))
        with pytest.raises(RuntimeError, match="no forward-mode derivative"):
            loss(dual)


def test_weights_may_be_a_list(service_url):
    options = {"activation": "softmax", "client": service_url}
    expected = focal_loss(logits(), LABELS, weight=torch.tensor([1.0, 2.0, 0.5]), **options)
    assert torch.equal(focal_loss(logits(), LABELS, weight=[1.0, 2.0, 0.5], **options), expected)


@pytest.mark.parametrize("weight", [[], [1.0, -9.0, 1.0], [1.0, float("nan"), 1.0]], ids=["none", "negative", "nan"])
def test_wrong_weights_are_told_by_their_name(service_url, weight):
    with pytest.raises(InvalidRequestError, match="/class_weights"):
        focal_loss(logits(), LABELS, activation="softmax", weight=torch.tensor(weight), client=service_url)
