"""The database that the tests use: yours if `DATABASE_URL` is set, else an embedded one in `.data-test/`.

As a program it runs a command on that database, and keeps the server for as long as the command takes:

    python -m tests.database make checks
"""

import os
import subprocess
import sys
from pathlib import Path

from fieldsvc.postgres import ensure_running, release

DATA_DIR = Path(__file__).parents[1] / ".data-test"


def test_database_url() -> str:
    """The URL of the server to test on. Its embedded server is not durable: it need not survive a power failure."""
    return os.environ.get("DATABASE_URL") or ensure_running(DATA_DIR, durable=False)


def main() -> int:
    environment = os.environ | {"DATABASE_URL": test_database_url()}
    try:
        return subprocess.run(sys.argv[1:], env=environment, check=False).returncode
    finally:
        release(DATA_DIR)


if __name__ == "__main__":
    sys.exit(main())
