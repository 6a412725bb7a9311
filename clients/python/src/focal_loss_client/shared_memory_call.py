"""One call whose arrays lie in shared memory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import safetensors
from .errors import InvalidRequestError, SharedMemoryError, UnexpectedResponseError
from .focal_loss_result import FocalLossResult
from .inference_endpoint import InferenceEndpoint
from .inference_outputs import RequestedOutputs, requested_outputs
from .inference_request import place_tensors
from .inference_response import read_inference_response
from .options import encode_options
from .region_pool import RegionPool


class RejectedCallError(Exception):
    """The service rejected the request or the regions."""


def call_in_shared_memory(
    pool: RegionPool,
    endpoint: InferenceEndpoint,
    arrays: Mapping[str, np.ndarray],
    options: Mapping[str, Any],
    output_names: Sequence[str],
) -> FocalLossResult:
    """Evaluate one batch.

    Args:
        pool: Where the arrays of the result will lie.
        endpoint: The service.
        arrays: Inputs by name.
        options: See `FocalLossOptions`.
        output_names: All outputs that the service has.

    Raises:
        TypeError: An array has an unsupported dtype.
        UnsupportedCallError: Only the wire can make this call, or say what is wrong with it.
        RejectedCallError: The service rejected it, although it knows the regions.
        SharedMemoryError: There is not enough memory, or the service cannot use a region.
        ServiceError: The service failed.
        ServiceConnectionError: The service could not be reached.
        UnexpectedResponseError: The response is not one of this service.
    """
    for name, array in arrays.items():
        safetensors.dtype_name(name, array)
    outputs = requested_outputs(arrays, options, output_names)
    parameters = encode_options({name: value for name, value in options.items() if name != "outputs"})
    try:
        return _attempt(pool, endpoint, arrays, outputs, parameters)
    except RejectedCallError:
        # A service that was restarted has forgotten the regions; or somebody has deleted their files.
        if not pool.forget_lost(endpoint.registered_names()):
            raise
    return _attempt(pool, endpoint, arrays, outputs, parameters)


def _attempt(
    pool: RegionPool,
    endpoint: InferenceEndpoint,
    arrays: Mapping[str, np.ndarray],
    outputs: RequestedOutputs,
    parameters: Mapping[str, str],
) -> FocalLossResult:
    try:
        request = place_tensors(pool, arrays, outputs)
    except OSError as error:
        raise SharedMemoryError(f"there is not enough shared memory: {error}") from error
    for name in pool.removed_names():
        endpoint.unregister(name)
    for region in request.regions:
        endpoint.register(region)
    try:
        response = endpoint.infer(request.encode(parameters))
        if response.status == 200:
            return read_inference_response(response, request.results, _class_names(parameters))
        failure = response.error()
        if isinstance(failure, (InvalidRequestError, UnexpectedResponseError)):
            raise RejectedCallError(str(failure))
        raise failure
    except (KeyError, TypeError, ValueError) as error:
        raise UnexpectedResponseError(f"the response could not be read: {error!r}") from error
    except BaseException:
        # The service may still be writing into them.
        for place in request.results.values():
            pool.remove(place.region)
        raise


def _class_names(parameters: Mapping[str, str]) -> list[str] | None:
    """Return the class names as the service read them."""
    names: list[str] | None = json.loads(parameters.get("class_names", "null"))
    return names
