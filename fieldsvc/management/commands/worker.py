"""`manage.py worker`: does background jobs until it is stopped."""

import os
import sys
from argparse import ArgumentParser
from threading import Thread
from typing import Any

from django.core.management.base import BaseCommand

from fieldsvc.jobs import run_worker


class Command(BaseCommand):
    help = "Does background jobs and fires timers, until Ctrl-C. Any number of workers share the work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--while-stdin-open", action="store_true", help="end at once when standard input does: when our parent dies"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["while_stdin_open"]:
            Thread(target=end_with_the_input, daemon=True).start()
        run_worker()


def end_with_the_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):  # a read that Python knows nothing of, and so does not wait for at exit
        pass
    os._exit(1)
