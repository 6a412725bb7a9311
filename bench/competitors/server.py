"""FastAPI on uvicorn, doing what the service does over the same wires, with the fastest parts that each has."""

import numpy as np
import orjson
import torch
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict

from focal import evaluate
from listen import listen

app = FastAPI()


class FocalLossRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    logits: list[list[float]]
    labels: list[int]
    gamma: float = 2.0
    alpha: float = 0.25


def answer_json(asked: FocalLossRequest):
    logits = torch.from_numpy(np.array(asked.logits, dtype=np.float32))
    gradients, summary, per_class = evaluate(logits, torch.tensor(asked.labels), asked.gamma, asked.alpha)
    answer = {**summary, "gradients": gradients.numpy(), "per_class": per_class}
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


@app.post("/json")
async def focal_loss_json(asked: FocalLossRequest):
    """The body as a parameter, as FastAPI's guide has it."""
    return answer_json(asked)


@app.post("/json-from-bytes")
async def focal_loss_json_from_bytes(request: Request):
    """Around FastAPI: pydantic's own parser on the bytes, without a Python object for each number twice."""
    return answer_json(FocalLossRequest.model_validate_json(await request.body()))


@app.post("/raw/{classes}")
async def focal_loss_raw(classes: int, request: Request):
    body = bytearray(await request.body())  # A copy, as torch wants memory that it may write to.
    samples = len(body) // 4 // (classes + 1)
    numbers = np.frombuffer(body, np.float32, samples * classes).reshape(samples, classes)
    labels = np.frombuffer(body, np.int32, samples, 4 * samples * classes)
    if not np.isfinite(numbers).all() or labels.min() < 0 or labels.max() >= classes:
        return Response(status_code=422)
    gradients, summary, per_class = evaluate(torch.from_numpy(numbers), torch.from_numpy(labels.astype(np.int64)))
    tail = orjson.dumps({**summary, "per_class": per_class})
    content = b"".join((memoryview(gradients.numpy()).cast("B"), tail))
    return Response(content, media_type="application/octet-stream", headers={"x-summary-bytes": str(len(tail))})


listen(app, "fastapi", "uvicorn", "pydantic", "orjson", "numpy", "torch", "torchvision")
