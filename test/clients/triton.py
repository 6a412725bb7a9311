"""tritonclient, sync and aio, with every mix of JSON and binary tensors and of compression."""

import asyncio
import inspect
import json
from itertools import product

import numpy as np
import tritonclient.http as sync_client
import tritonclient.http.aio as aio_client
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from batch import ARRAYS, OPTIONS, OUTPUTS, Reference

# A parameter is a number, a boolean or text: JSON is text.
PARAMETERS = {
    name: value if isinstance(value, (str, float)) else json.dumps(value) for name, value in OPTIONS.items()
}
BINARY_INPUTS = {"json": [], "binary": list(ARRAYS), "mixed": ["labels", "gamma"]}
BINARY_OUTPUTS = {"json": [], "binary": OUTPUTS, "mixed": ["gradients", "per_class.mean_pt.positive"]}


def infer_input(module, name: str, array: np.ndarray, binary: bool):
    given = module.InferInput(name, array.shape, np_to_triton_dtype(array.dtype))
    given.set_data_from_numpy(array, binary_data=binary)
    return given


async def settled(value):
    """What a call gives, in either client."""
    return await value if inspect.isawaitable(value) else value


async def call(module, client, reference: Reference, sent: str, wanted: str, compression: str | None) -> None:
    inputs = [infer_input(module, name, array, name in BINARY_INPUTS[sent]) for name, array in ARRAYS.items()]
    # Without a list of outputs tritonclient asks for all, as binary data.
    outputs = [
        module.InferRequestedOutput(name, binary_data=name in BINARY_OUTPUTS[wanted])
        for name in (OUTPUTS if wanted in BINARY_OUTPUTS else [])
    ]
    result = await settled(
        client.infer(
            "focal-loss",
            inputs,
            model_version="1" if compression else "",
            outputs=outputs or None,
            request_id=f"{sent}-{wanted}-{compression}",
            sequence_id=7,
            sequence_start=True,
            priority=1,
            timeout=30_000_000,
            request_compression_algorithm=compression,
            parameters=PARAMETERS,
        )
    )
    answer = result.get_response()
    assert answer["id"] == f"{sent}-{wanted}-{compression}"
    assert answer["model_name"] == "focal-loss" and answer["parameters"]["samples"] == 5
    for name in OUTPUTS:
        reference.check(name, result.as_numpy(name))
    for output in answer["outputs"]:
        binary = "binary_data_size" in output.get("parameters", {})
        assert binary == (output["name"] in BINARY_OUTPUTS.get(wanted, [output["name"]])), output["name"]


async def call_in_float16(module, client, reference: Reference) -> None:
    arrays = ARRAYS | {"logits": ARRAYS["logits"].astype(np.float16)}
    inputs = [infer_input(module, name, array, True) for name, array in arrays.items()]
    outputs = [module.InferRequestedOutput("gradients")]
    result = await settled(
        client.infer("focal-loss", inputs, outputs=outputs, parameters=PARAMETERS | {"gradients_dtype": "F16"})
    )
    reference.check("gradients", result.as_numpy("gradients"), np.float16)


async def refusals(module, client) -> None:
    """The messages of the service are what the client raises."""
    logits = infer_input(module, "logits", ARRAYS["logits"], True)
    unknown = infer_input(module, "label", ARRAYS["labels"], False)
    for model, inputs, words in (
        ("focal-loss", [logits, unknown], 'did you mean "labels"'),
        ("resnet", [logits], "the one model is focal-loss"),
    ):
        try:
            await settled(client.infer(model, inputs))
        except InferenceServerException as error:
            assert words in error.message(), error.message()
        else:
            raise AssertionError(f"expected a refusal with {words}")


async def probes(client) -> None:
    assert await settled(client.is_server_live()) and await settled(client.is_server_ready())
    assert await settled(client.is_model_ready("focal-loss"))
    assert await settled(client.is_model_ready("focal-loss", "1"))
    assert not await settled(client.is_model_ready("resnet"))
    extensions = (await settled(client.get_server_metadata()))["extensions"]
    of_the_model = ["statistics", "model_configuration", "model_repository"]
    assert extensions == ["binary_tensor_data", *of_the_model, "system_shared_memory"], extensions
    metadata = await settled(client.get_model_metadata("focal-loss"))
    assert {tensor["name"] for tensor in metadata["inputs"]} > set(ARRAYS)
    assert {tensor["name"] for tensor in metadata["outputs"]} > set(OUTPUTS)


async def about_the_model(client) -> None:
    """Statistics, configuration and the repository, in which nothing can be loaded or unloaded."""
    metadata = await settled(client.get_model_metadata("focal-loss"))
    config = await settled(client.get_model_config("focal-loss", "1"))
    for tensors, configs in (("inputs", "input"), ("outputs", "output")):
        described = [(tensor["name"], f"TYPE_{tensor['datatype']}", tensor["shape"]) for tensor in metadata[tensors]]
        assert described == [(given["name"], given["data_type"], given["dims"]) for given in config[configs]]
    assert config["max_batch_size"] == 0
    index = await settled(client.get_model_repository_index())
    assert index == [{"name": "focal-loss", "version": "1", "state": "READY", "reason": ""}], index
    for control in (client.load_model, client.unload_model):
        try:
            await settled(control("focal-loss"))
        except InferenceServerException as error:
            assert "explicit model load / unload is not allowed" in error.message(), error.message()
        else:
            raise AssertionError("expected a refusal")


async def successes(client) -> int:
    statistics = await settled(client.get_inference_statistics("focal-loss"))
    (of_model,) = statistics["model_stats"]
    assert [of_model["name"], of_model["version"]] == ["focal-loss", "1"]
    return of_model["inference_stats"]["success"]["count"]


async def call_all(module, client, reference: Reference, in_float16: Reference) -> str:
    await probes(client)
    await about_the_model(client)
    before = await successes(client)
    mixes = list(product(BINARY_INPUTS, [*BINARY_OUTPUTS, "default"], (None, "gzip", "deflate")))
    for mix in mixes:
        await call(module, client, reference, *mix)
    await call_in_float16(module, client, in_float16)
    assert await successes(client) == before + len(mixes) + 1
    await refusals(module, client)
    return f"{len(mixes)} mixes of in, out and compression, FP16, metadata, configuration, statistics, repository index, probes, refusals"


def call_sync(address: str, reference: Reference, in_float16: Reference) -> str:
    with sync_client.InferenceServerClient(address) as client:
        return asyncio.run(call_all(sync_client, client, reference, in_float16))


def call_aio(address: str, reference: Reference, in_float16: Reference) -> str:
    async def main():
        async with aio_client.InferenceServerClient(address) as client:
            return await call_all(aio_client, client, reference, in_float16)

    return asyncio.run(main())
