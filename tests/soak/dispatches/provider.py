"""An SMS provider in a process of its own, to be killed: `python -m tests.soak.dispatches.provider PORT BOOK SEED`.

It delivers each reference once, however often it is handed over, as providers do that understand references. What it
has delivered stands in its book, a line of JSON each, before it says so; by chance it says so badly or not at all.
"""

import json
import os
import sys
from http.server import ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Lock, Thread

from fieldsvc.management.commands.worker import end_with_the_input
from tests.serving import Handler

MOODS = {"well": 80, "busy": 8, "silent": 12}
"""202; 503, and nothing taken; delivered, and then hung up."""


class Book:
    """What was delivered."""

    def __init__(self, file: Path) -> None:
        self.file, self.lock = file, Lock()
        lines = file.read_text().splitlines() if file.exists() else []
        self.references = {json.loads(line)["reference"] for line in lines}

    def deliver(self, message: dict[str, str]) -> None:
        with self.lock:
            if message["reference"] not in self.references:
                with self.file.open("a") as file:
                    file.write(json.dumps(message) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
                self.references.add(message["reference"])


def main(port: int, file: Path, seed: str) -> None:
    book, chance = Book(file), Random(seed)

    class Asked(Handler):
        def do_POST(self) -> None:
            message = json.loads(self.body())
            mood = chance.choices(list(MOODS), list(MOODS.values()))[0]
            if mood != "busy":
                book.deliver(message)
            if mood != "silent":
                self.answer(202 if mood == "well" else 503)

    ThreadingHTTPServer(("127.0.0.1", port), Asked).serve_forever()


if __name__ == "__main__":
    Thread(target=end_with_the_input, daemon=True).start()
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
