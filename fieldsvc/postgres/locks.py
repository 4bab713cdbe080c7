"""File locks, which the kernel gives back when a process ends, even by kill -9."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

POLL_SECONDS = 0.02


def open_lock(path: Path) -> BinaryIO:
    """The lock file, made if missing. What is locked is this open file: closing it everywhere unlocks it."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")


def lock_shared(file: BinaryIO) -> None:
    """Wait until nobody holds the lock alone, then hold it together with others."""
    fcntl.flock(file, fcntl.LOCK_SH)


def unlock(file: BinaryIO) -> None:
    """Give the lock back and keep the file open."""
    fcntl.flock(file, fcntl.LOCK_UN)


def lock_now(file: BinaryIO) -> bool:
    """Hold the lock alone if nobody holds it; say whether that worked."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_within(file: BinaryIO, seconds: float) -> bool:
    """Try for `seconds` to hold the lock alone; say whether that worked."""
    deadline = time.monotonic() + seconds
    while not lock_now(file):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock at `path` alone while the block runs, waiting for it as long as it takes."""
    with open_lock(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock at `path`, alone or with others."""
    with open_lock(path) as file:
        return not lock_now(file)
