"""KServe's REST client."""

import asyncio

import httpx
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput
from tritonclient.utils import np_to_triton_dtype

from batch import ARRAYS, OUTPUTS, Reference
from triton import PARAMETERS


def infer_request(arrays, binary_in: bool, outputs) -> InferRequest:
    inputs = []
    for name, array in arrays.items():
        given = InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
        given.set_data_from_numpy(array, binary_data=binary_in)
        inputs.append(given)
    return InferRequest("focal-loss", inputs, request_id="kserve", parameters=PARAMETERS, request_outputs=outputs)


async def call_all(address: str, reference: Reference) -> str:
    base = f"http://{address}"
    async with InferenceRESTClient(RESTConfig(protocol="v2")) as client:
        assert await client.is_server_live(base) and await client.is_server_ready(base)
        assert await client.is_model_ready(base, "focal-loss")
        assert not await client.is_model_ready(base, "resnet")
        for binary_in in (False, True):
            for binary_out in (False, True):
                outputs = [RequestedOutput(name, {"binary_data": binary_out}) for name in OUTPUTS]
                request = infer_request(ARRAYS, binary_in, outputs)
                response = await client.infer(base, request, model_name="focal-loss")
                for output in response.outputs:
                    reference.check(output.name, output.as_numpy())
        arrays = {name: array for name, array in ARRAYS.items() if name != "labels"}
        try:
            await client.infer(base, infer_request(arrays, True, None), model_name="focal-loss")
        except httpx.HTTPStatusError as error:
            assert "/labels: expected this field, which is required" in str(error), error
        else:
            raise AssertionError("expected a refusal of a request without labels")
    return "4 mixes of in and out, probes, a refusal"


def call_kserve(address: str, reference: Reference) -> str:
    return asyncio.run(call_all(address, reference))
