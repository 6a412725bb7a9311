"""A region of POSIX shared memory, as a file in `/dev/shm`."""

from __future__ import annotations

import errno
import mmap
import os
import secrets
import time
import weakref

import numpy as np

_FOLDER = "/dev/shm"
# Field 22 of /proc/self/stat, counted from the state, which follows the name in parentheses.
_START_TIME_FIELD = 19


class Region:
    """Memory that this process and the service have in common; bytes of shape [capacity].

    Its file exists until `unlink`. Its memory exists as long as an array lies in it.
    """

    def __init__(self, capacity: int) -> None:
        """Create a file that only this user can read and write, and reserve its memory.

        Args:
            capacity: In bytes.

        Raises:
            OSError: There is no shared memory, or not enough of it.
        """
        self.name = _new_name()
        self.capacity = capacity
        self.registered = False
        """Whether the service knows it, as far as this process can tell."""
        self.last_used = time.monotonic()
        self._path = os.path.join(_FOLDER, self.name)
        self._lease: weakref.ref[np.ndarray] | None = None
        self._reusable = True
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        file = os.open(self._path, flags, 0o600)
        try:
            # Without memory behind it, a page is a SIGBUS when it is first written, instead of an exception here.
            os.posix_fallocate(file, 0, capacity)
            self._inode = os.fstat(file).st_ino
            self._memory = mmap.mmap(file, capacity, mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0))
        except BaseException:
            os.unlink(self._path)
            raise
        finally:
            os.close(file)
        self.address = np.frombuffer(self._memory, np.uint8).ctypes.data

    def lease(self) -> np.ndarray:
        """Return its bytes as an array; until that array and all views of it are gone, it is in use."""
        array = np.frombuffer(self._memory, np.uint8)
        self._lease = weakref.ref(array)
        self.last_used = time.monotonic()
        return array

    @property
    def in_use(self) -> bool:
        """Whether an array lies in it."""
        return self._lease is not None and self._lease() is not None

    @property
    def reusable(self) -> bool:
        """Whether nothing can read or write it any more but through the next lease."""
        return self._reusable and not self.in_use

    def keep_from_reuse(self) -> None:
        """Say that something beside its lease may still read or write it: a forked process, or the service."""
        self._reusable = False

    def exists(self) -> bool:
        """Return whether its name still leads to its memory."""
        try:
            return os.lstat(self._path).st_ino == self._inode
        except OSError:
            return False

    def unlink(self) -> None:
        """Remove its file. Arrays that lie in it stay valid."""
        if self.exists():
            try:
                os.unlink(self._path)
            except FileNotFoundError:
                pass


def _new_name() -> str:
    """Name a region after its process, so that the service can clean up after one that was killed.

    `focal-loss-<pid>-<start time in clock ticks>-<inode of the PID namespace>-<random>`
    """
    try:
        with open("/proc/self/stat", "rb") as file:
            stat = file.read()
        start_time = int(stat[stat.rindex(b")") + 1 :].split()[_START_TIME_FIELD])
        namespace = os.stat("/proc/self/ns/pid").st_ino
    except (IndexError, ValueError) as error:
        raise OSError(errno.ENOTSUP, "/proc/self/stat has another form") from error
    return f"focal-loss-{os.getpid()}-{start_time}-{namespace}-{secrets.token_hex(8)}"
