import os
import re
import stat
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from focal_loss_client.region_pool import RegionPool

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="shared memory is supported on Linux")


def files():
    return {path.name for path in Path("/dev/shm").glob(f"focal-loss-{os.getpid()}-*")}


@pytest.fixture
def pool():
    before = files()
    pool = RegionPool()
    yield pool
    pool.clear()
    assert files() <= before


def test_a_file_is_of_this_user_alone_and_named_after_its_process(pool):
    region, lease = pool.lease(100_000)
    path = Path("/dev/shm", region.name)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size == region.capacity >= 100_000
    # Reserved: another program that fills the shared memory causes no SIGBUS here.
    assert path.stat().st_blocks * 512 >= region.capacity
    pid, start_time, namespace, _ = re.fullmatch(r"focal-loss-(\d+)-(\d+)-(\d+)-([0-9a-f]{16})", region.name).groups()
    assert int(pid) == os.getpid()
    assert start_time == Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    assert os.readlink("/proc/self/ns/pid") == f"pid:[{namespace}]"
    assert lease.flags.writeable


def test_a_region_is_reused_only_when_no_view_of_it_is_left(pool):
    region, lease = pool.lease(1000)
    view = lease[:400].view(np.float32).reshape(10, 10)[2:5].T
    del lease
    view[:] = 7
    other, lease = pool.lease(1000)
    assert other is not region
    lease[:] = 1
    assert (view == 7).all()
    del view
    again, _ = pool.lease(1000)
    assert again is region


def test_a_larger_region_takes_the_place_of_one_that_is_too_small(pool):
    small, lease = pool.lease(1000)
    small.registered = True
    del lease
    large, lease = pool.lease(1_000_000)
    assert pool.removed_names() == [small.name]
    assert pool.removed_names() == []
    assert {small.name, large.name} & files() == {large.name}
    del lease
    assert pool.lease(1000)[0] is large


def test_sizes_that_differ_a_little_share_a_region(pool):
    region, lease = pool.lease(10_000_000)
    assert region.capacity < 11_250_000
    del lease
    assert pool.lease(region.capacity)[0] is region


def test_arrays_outlive_their_file(pool):
    _, lease = pool.lease(1000)
    lease[:] = 5
    pool.clear()
    assert not files()
    assert (lease == 5).all()


def test_of_too_many_regions_the_oldest_leaves_the_pool_and_keeps_its_arrays(pool):
    leases = [pool.lease(1)[1] for _ in range(33)]
    for i, lease in enumerate(leases):
        lease[:] = i
    assert len(files()) == 32
    assert pool.find(leases[0]) is None
    assert pool.find(leases[1]) is not None
    assert all((lease == i).all() for i, lease in enumerate(leases))


def test_idle_regions_are_removed(pool, monkeypatch):
    idle, lease = pool.lease(1)
    held, kept = pool.lease(100_000)
    del lease
    later = time.monotonic() + 61
    monkeypatch.setattr("time.monotonic", lambda: later)
    pool.lease(1)
    assert idle.name not in files()
    assert held.name in files()
    del kept


def test_the_place_of_an_array(pool):
    region, lease = pool.lease(1000)
    assert pool.find(lease[16:32]) == (region, 16)
    assert pool.find(np.zeros(3)) is None


def test_memory_that_cannot_be_reserved_leaves_no_file(pool, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", fail)
    before = files()
    with pytest.raises(OSError, match="No space left"):
        pool.lease(1000)
    assert files() == before


def test_a_forked_process_leaves_the_regions_to_its_parent(pool):
    held, lease = pool.lease(1000)
    free, other = pool.lease(100_000)
    del other
    child = os.fork()
    if child == 0:
        try:
            assert pool.find(lease) is None
            own, _ = pool.lease(1000)
            assert str(os.getpid()) in own.name
            pool.clear()
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert {held.name, free.name} <= files()
    # The child may still have the array that was in use, so its memory is not written again.
    del lease
    assert pool.lease(1000)[0] is free
    assert held.name not in files()
