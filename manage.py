#!/usr/bin/env python
"""Django's command line, with a database under it: the embedded one unless `DATABASE_URL` names another."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from fieldsvc.garbage import look_seldom
from fieldsvc.postgres import PostgresUnavailable, ensure_running

WITHOUT_DATABASE = {"help", "version"}


def needs_database(arguments: list[str]) -> bool:
    """Whether the command may ask the database anything; asking for help never does."""
    return bool(arguments) and arguments[0] not in WITHOUT_DATABASE and not {"-h", "--help", "--version"} & {*arguments}


def main() -> None:
    look_seldom()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fieldsvc.settings")
    if not os.environ.get("DATABASE_URL") and needs_database(sys.argv[1:]):
        data_dir = Path(os.environ.get("DATA_DIR") or Path(__file__).parent / ".data")
        try:
            os.environ["DATABASE_URL"] = ensure_running(data_dir)
        except PostgresUnavailable as error:
            sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
