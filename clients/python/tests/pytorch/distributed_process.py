"""One of the processes of a distributed training, each of which has a part of the same batch.

Arguments: rank, number of processes, a file for their rendezvous, the URL of the service, and a file for the results.
"""

import sys

import torch
from torch.nn.parallel import DistributedDataParallel

from focal_loss_client import InvalidRequestError
from focal_loss_client.torch import FocalLoss

# The first process has most of the positives, and none of the labels that are ignored. The last one has no positive.
PARTS = {2: [slice(0, 14), slice(14, 20)], 1: [slice(0, 20)]}
WEIGHT = torch.tensor([0.5, 1.0, 2.0])


def cases():
    """Returns for each case the options, and whether labels are class indices."""
    return {
        "elements": ({"normalizer": "elements"}, False),
        "positives": ({"normalizer": "positives"}, False),
        "weights": ({"normalizer": "weights"}, False),
        "number": ({"normalizer": 7.0}, False),
        "samples": ({"activation": "softmax"}, True),
        "torch weight": ({"activation": "softmax", "weight": WEIGHT, "label_smoothing": 0.1}, True),
        "no positives": ({"normalizer": "positives"}, None),
        "all ignored": ({"activation": "softmax", "ignore_index": 1}, None),
    }


def batch(indices):
    generator = torch.Generator().manual_seed(5)
    images = torch.randn(20, 4, generator=generator)
    classes = torch.randint(3, (20,), generator=generator)
    dense = torch.nn.functional.one_hot(classes, 3)
    classes[16:18] = dense[16:18] = -100
    dense[14:16] = dense[18:] = 0
    return images, classes if indices else dense, torch.rand(20, generator=generator)


def evaluate(rank, size, url):
    """Returns for each case the loss of this process, and the gradient after the exchange."""
    results = {}
    for name, (options, indices) in cases().items():
        torch.manual_seed(0)
        model = torch.nn.Linear(4, 3)
        parallel = DistributedDataParallel(model) if size > 1 else model
        images, labels, sample_weights = (tensor[PARTS[size][rank]] for tensor in batch(indices))
        if indices is None:
            labels = torch.ones(len(images), dtype=torch.int64) if "activation" in options else torch.zeros_like(labels)
        loss = FocalLoss(denominator="global", client=url, **options)
        value = loss(parallel(images), labels, sample_weights=sample_weights if name == "weights" else None)
        value.backward()
        results[name] = value.item(), model.weight.grad
    return results


def fail_once(rank, url, wrong):
    """Returns the error of this process if the labels of one are wrong."""
    labels = wrong if rank == 1 else torch.tensor([0])
    try:
        FocalLoss(denominator="global", client=url)(torch.zeros(1, 3), labels)
    except (InvalidRequestError, RuntimeError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    rank, size = int(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", f"file://{sys.argv[3]}", rank=rank, world_size=size)
    results = evaluate(rank, size, sys.argv[4])
    errors = [fail_once(rank, sys.argv[4], wrong) for wrong in (torch.tensor([9]), ["a"])]
    torch.save((results, errors, evaluate(rank, size, sys.argv[4])), sys.argv[5])
    torch.distributed.destroy_process_group()
