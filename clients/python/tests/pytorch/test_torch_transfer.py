"""Copies from a GPU, with a stand-in for one."""

from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from focal_loss_client.torch import transfer


class OnGpu(torch.Tensor):
    """A tensor that says that it is on a GPU."""

    is_cuda = True


@pytest.fixture
def events(monkeypatch):
    """What was done, in order."""
    done = []
    empty, copy = torch.empty, torch.Tensor.copy_

    def record_empty(*args, pin_memory=False, **kwargs):
        done.append("pinned" if pin_memory else "pageable")
        return empty(*args, **kwargs)

    def record_copy(self, source, non_blocking=False):
        done.append("copy" if non_blocking else "blocking copy")
        return copy(self, source.as_subclass(torch.Tensor))

    monkeypatch.setattr(transfer.torch, "empty", record_empty)
    monkeypatch.setattr(torch.Tensor, "copy_", record_copy)
    monkeypatch.setattr(
        torch.cuda, "current_stream", lambda _: SimpleNamespace(synchronize=lambda: done.append("synchronize"))
    )
    return done


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16], ids=str)
def test_all_copies_are_under_way_before_the_stream_is_waited_for(events, dtype):
    logits, labels = torch.randn(5, 3, 4).to(dtype).permute(2, 0, 1), torch.arange(4)
    memory = []

    def empty(nbytes, numpy_dtype):
        memory.append(np.zeros(2 * nbytes, numpy_dtype))
        return memory[-1][:nbytes]

    tensors = {"labels": labels.as_subclass(OnGpu), "logits": logits.as_subclass(OnGpu)}
    shared = transfer.to_host(tensors, SimpleNamespace(empty=empty))
    assert events == ["copy", "copy", "synchronize"]
    assert all(np.shares_memory(array, other) for array, other in zip(shared.values(), memory, strict=True))
    pinned = transfer.to_host(tensors, SimpleNamespace(empty=np.empty))
    assert events[3:] == ["pinned", "copy", "pinned", "copy", "synchronize"]
    for arrays in (shared, pinned):
        np.testing.assert_array_equal(arrays["logits"].astype(np.float64), logits.double().numpy())
        np.testing.assert_array_equal(arrays["labels"], labels.numpy())


def test_tensors_of_a_cpu_are_not_copied(events):
    logits = torch.randn(5, 3, requires_grad=True)
    arrays = transfer.to_host({"logits": logits}, SimpleNamespace(empty=np.empty))
    assert arrays["logits"].ctypes.data == logits.data_ptr()
    assert events == []
