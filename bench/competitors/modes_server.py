"""FastAPI with torch: the raw numbers of `npm run bench -- modes` in, the loss and raw gradients out."""

import json
from functools import lru_cache

import torch
from fastapi import FastAPI, Request, Response

from listen import listen
from modes import read, step_of, targets_of

app = FastAPI()


@lru_cache
def parse(text):
    mode = json.loads(text)
    return mode, step_of(mode)


@app.post("/focal-loss")
async def focal_loss(mode: str, request: Request):
    mode, step = parse(mode)
    logits, labels = read(mode, await request.body())
    losses = step(logits, targets_of(mode, labels))
    content = b"" if logits.grad is None else memoryview(logits.grad.view(-1).view(torch.uint8).numpy())
    return Response(content, media_type="application/octet-stream", headers={"x-loss": str(losses.tolist())})


listen(app, "fastapi", "uvicorn", "torch", "torchvision")
