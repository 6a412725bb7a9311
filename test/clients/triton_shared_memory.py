"""tritonclient with all tensors in system shared memory, as its own examples use it; sync and aio."""

import asyncio

import numpy as np
import tritonclient.http as sync_client
import tritonclient.http.aio as aio_client
import tritonclient.utils.shared_memory as shm
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from batch import ARRAYS, DTYPES, OUTPUTS, Reference
from triton import PARAMETERS, settled

# test/http/recorded-regions.test.ts makes an object with this key, and lays the tensors out in the same order.
KEY = "/focal_loss_clients"
REGION = "batch"
CLASSES = ARRAYS["class_weights"].size
SHAPES = {"loss": (1,), "gradients": ARRAYS["logits"].shape}


def layout() -> dict[str, tuple[int, int]]:
    """Offset and size of each tensor, one behind the other."""
    places, at = {}, 0
    for name, size in [*((name, array.nbytes) for name, array in ARRAYS.items()), *output_sizes()]:
        places[name] = (at, size)
        at += size
    return places


def output_sizes():
    for name in OUTPUTS:
        yield name, int(np.prod(SHAPES.get(name, (CLASSES,)))) * np.dtype(DTYPES.get(name, np.float64)).itemsize


async def call(module, client, region, reference: Reference, compression: str | None) -> None:
    inputs, outputs = [], []
    for name, (offset, size) in layout().items():
        if name in ARRAYS:
            given = module.InferInput(name, ARRAYS[name].shape, np_to_triton_dtype(ARRAYS[name].dtype))
            inputs.append(given.set_shared_memory(REGION, size, offset))
        else:
            outputs.append(module.InferRequestedOutput(name))
            outputs[-1].set_shared_memory(REGION, size, offset)
    result = await settled(
        client.infer(
            "focal-loss",
            inputs,
            outputs=outputs,
            parameters=PARAMETERS,
            request_compression_algorithm=compression,
        )
    )
    for name in OUTPUTS:
        output = result.get_output(name)
        assert "data" not in output, output
        dtype = DTYPES.get(name, np.float64)
        reference.check(name, shm.get_contents_as_numpy(region, dtype, output["shape"], layout()[name][0]))


async def call_all(module, client, reference: Reference) -> str:
    # As tritonclient's examples begin.
    await settled(client.unregister_system_shared_memory())
    await settled(client.unregister_cuda_shared_memory())
    assert "system_shared_memory" in (await settled(client.get_server_metadata()))["extensions"]
    size = sum(size for _, size in layout().values())
    region = shm.create_shared_memory_region(REGION, KEY, size, create_only=True)
    try:
        shm.set_shared_memory_region(region, list(ARRAYS.values()))
        await settled(client.register_system_shared_memory(REGION, KEY, size))
        status = await settled(client.get_system_shared_memory_status())
        assert status == [{"name": REGION, "key": KEY, "offset": 0, "byte_size": size}], status
        await refusals(client, size)
        for compression in (None, "gzip"):
            await call(module, client, region, reference, compression)
        await settled(client.unregister_system_shared_memory(REGION))
        assert await settled(client.get_system_shared_memory_status()) == []
    finally:
        shm.destroy_shared_memory_region(region)
    return f"{len(ARRAYS)} inputs and {len(OUTPUTS)} outputs in one region, status, refusals"


async def refusals(client, size: int) -> None:
    for register, words in (
        (lambda: client.register_system_shared_memory(REGION, KEY, size), "already in manager"),
        (lambda: client.register_system_shared_memory("long", KEY, size + 2**20), "end within"),
        (lambda: client.register_cuda_shared_memory("gpu", b"handle", 0, 8), "GPUs not supported"),
    ):
        try:
            await settled(register())
        except InferenceServerException as error:
            assert words in error.message(), error.message()
        else:
            raise AssertionError(f"expected a refusal with {words}")


def call_regions_sync(address: str, reference: Reference) -> str:
    with sync_client.InferenceServerClient(address) as client:
        return asyncio.run(call_all(sync_client, client, reference))


def call_regions_aio(address: str, reference: Reference) -> str:
    async def main():
        async with aio_client.InferenceServerClient(address) as client:
            return await call_all(aio_client, client, reference)

    return asyncio.run(main())
