"""`make soak-dispatches`: dispatches while whatever carries them dies; then the proof. Exits 1 when it fails.

Every technician has acknowledged, or was escalated step by step; none twice by the same channel for the same cause.
"""

import argparse
import logging
import os
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import django

from fieldsvc.postgres import ensure_running, stop
from tests.database import fill
from tests.soak.dispatches.office import Office


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.dispatches", description="Dispatches under faults.")
    parser.add_argument("--dispatches", type=int, default=1_000)
    parser.add_argument("--technicians", type=int, default=25)
    parser.add_argument("--webs", type=int, default=2)
    parser.add_argument("--kills", type=int, default=4, help="how often each process is killed")
    parser.add_argument("--steps", default="sms:0,dispatchers:1,supervisors:2", help="as NOTICE_ESCALATION has them")
    parser.add_argument("--silent", type=float, default=0.3, help="how many dispatches nobody acknowledges, 0 to 1")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    wanted = parser.parse_args()
    print(f"Seed {wanted.seed}: {wanted.dispatches} dispatches to {wanted.technicians} technicians.", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that whatever was started is stopped
    folder = Path(tempfile.mkdtemp(prefix="fieldsvc-dispatches-"))
    address = ensure_running(folder, durable=False)  # we play kill -9, not power failure
    broken, office = 1, None
    try:
        fill(address)
        os.environ |= {
            "DATABASE_URL": address,
            "DATA_DIR": str(folder),
            "DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "fieldsvc.settings",
            "ALLOWED_HOSTS": "127.0.0.1,testserver",
        }
        office = Office(folder, webs=wanted.webs, steps=wanted.steps, seed=wanted.seed)
        django.setup()
        logging.disable(logging.WARNING)
        from tests.soak.dispatches.proof import prove

        broken = prove(office, wanted)
    finally:
        if office:
            office.close()
        stop(folder)
        if broken:
            print(f"What PostgreSQL and the processes said stands in {folder}.")
        else:
            shutil.rmtree(folder)
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())
