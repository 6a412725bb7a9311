"""The regions of one client."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque

import numpy as np

from .region import Region

# The service has room for 256, for all its clients.
_MAX_REGIONS = 32
_MAX_IDLE_S = 60.0
_MIN_CAPACITY = 1 << 16
# A capacity is rounded up by at most an eighth, so that batches of slightly different sizes need no new region each.
_ROUNDING_BITS = 3


class RegionPool:
    """A thread-safe pool of regions. No region is reused while an array lies in it."""

    def __init__(self) -> None:
        self._forget()
        _POOLS.add(self)

    def lease(self, nbytes: int) -> tuple[Region, np.ndarray]:
        """Find a region that is not in use, or create one, which takes the place of one that is too small.

        Returns:
            The region, and its bytes, uint8 of shape [≥ nbytes]: it is in use until no view of them is left.

        Raises:
            OSError: There is no shared memory, or not enough of it.
        """
        with self._lock:
            self._remove_idle()
            free = [region for region in self._regions if region.reusable]
            fitting = [region for region in free if region.capacity >= nbytes]
            if fitting:
                region = min(fitting, key=lambda region: region.capacity)
                return region, region.lease()
            if free:
                self._remove(max(free, key=lambda region: region.capacity))
            elif len(self._regions) >= _MAX_REGIONS:
                # Whoever still holds its arrays keeps them. They only lie in no region any more.
                self._remove(min(self._regions, key=lambda region: region.last_used))
            region = Region(_round_up(nbytes))
            self._regions.append(region)
            return region, region.lease()

    def find(self, array: np.ndarray) -> tuple[Region, int] | None:
        """Return the region in which a contiguous array lies, and its offset there in bytes."""
        address = array.__array_interface__["data"][0]
        with self._lock:
            for region in self._regions:
                offset = address - region.address
                if 0 <= offset <= region.capacity - array.nbytes:
                    region.last_used = time.monotonic()
                    return region, offset
        return None

    def remove(self, region: Region) -> None:
        """Remove a region, and its file."""
        with self._lock:
            self._remove(region)

    def clear(self) -> None:
        """Remove all regions, and their files."""
        with self._lock:
            for region in list(self._regions):
                self._remove(region)

    def removed_names(self) -> list[str]:
        """Return the names of registered regions that were removed since the last call, for the service to forget."""
        with self._lock:
            names = list(self._removed)
            self._removed.clear()
            return names

    def forget_lost(self, registered: frozenset[str]) -> bool:
        """Compare with the names that the service knows; return whether any region is gone there, or its file here."""
        with self._lock:
            lost = False
            for region in list(self._regions):
                if not region.exists():
                    self._remove(region)
                    lost = True
                elif region.registered and region.name not in registered:
                    region.registered = False
                    lost = True
            return lost

    def _remove(self, region: Region) -> None:
        if region not in self._regions:
            return
        self._regions.remove(region)
        region.unlink()
        if region.registered:
            self._removed.append(region.name)

    def _remove_idle(self) -> None:
        oldest = time.monotonic() - _MAX_IDLE_S
        for region in list(self._regions):
            if not region.in_use and (region.last_used < oldest or not region.reusable):
                self._remove(region)

    def _forget(self) -> None:
        """Start without regions, and leave the files of those there were."""
        self._lock = threading.Lock()
        self._regions: list[Region] = []
        self._removed: deque[str] = deque(maxlen=256)

    def _keep_from_reuse(self) -> None:
        # No lock: the thread that forks may hold it, and a copy of the list is consistent.
        for region in list(self._regions):
            if region.in_use:
                region.keep_from_reuse()


def _round_up(nbytes: int) -> int:
    step = max(_MIN_CAPACITY, 1 << max(0, nbytes.bit_length() - 1 - _ROUNDING_BITS))
    return max(1, -(-nbytes // step)) * step


_POOLS: weakref.WeakSet[RegionPool] = weakref.WeakSet()


def _after_fork_in_parent() -> None:
    """Reuse no region with arrays that the child still sees."""
    for pool in list(_POOLS):
        pool._keep_from_reuse()


def _after_fork_in_child() -> None:
    """Leave the regions to the parent, to use and to remove."""
    for pool in list(_POOLS):
        pool._forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
