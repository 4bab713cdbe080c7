"""`make soak`: minutes of work while everything is killed, then the laws. Exits 1 when one is broken.

A seed brings the same decisions again, step by step: see docs/contributing.md for what is the same and what is not.
"""

import argparse
import logging
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import django

from fieldsvc.postgres import ensure_running, stop
from tests.database import fill


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Work under faults; then the laws.")
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--phones", type=int, default=20)
    parser.add_argument("--desks", type=int, default=3)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    wanted = parser.parse_args()
    print(
        f"Seed {wanted.seed}: {wanted.phones} phones and {wanted.desks} desks for {wanted.minutes:g} minutes.",
        flush=True,
    )
    folder = Path(tempfile.mkdtemp(prefix="fieldsvc-soak-"))
    address = ensure_running(folder, durable=False)  # we play kill -9, not power failure
    fill(address)
    os.environ |= {
        "DATABASE_URL": address,
        "DATA_DIR": str(folder),
        "DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "fieldsvc.settings",
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
    }
    broken = 1
    try:
        django.setup()
        logging.disable(logging.WARNING)  # our own requests; those of the office stand in its log
        broken = soak(folder, wanted)
    finally:
        stop(folder)
        if broken:
            print(f"What PostgreSQL and the processes said stands in {folder}.")
        else:
            shutil.rmtree(folder)
    return min(broken, 1)


def soak(folder: Path, wanted: argparse.Namespace) -> int:
    """How many promises were broken."""
    from tests.day.stage import Promises
    from tests.soak.soak import Soak

    promises = Promises()
    soak = Soak(folder, seed=wanted.seed, phones=wanted.phones, desks=wanted.desks)
    try:
        with soak.weather:
            soak.play_for(wanted.minutes * 60)
            print(f"Over: {soak.progress()}. Now everybody has signal, and nobody is killed.", flush=True)
            soak.comes_to_rest()
            soak.judge(promises)
    finally:
        soak.close()
    print(f"{promises.broken} promises broken; seed {wanted.seed}." if promises.broken else "Every promise was kept.")
    return promises.broken


if __name__ == "__main__":
    sys.exit(main())
