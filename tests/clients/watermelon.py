"""An app in somebody's hands: the published WatermelonDB in Node, with the code of docs/watermelondb.md."""

import json
import re
import select
import subprocess
from pathlib import Path
from typing import Any

from accounts.models import User
from accounts.signin.services import issue_token
from sync.devices.services import register_device
from sync.ids import uuid7
from tests.clients import node

PAGE = Path(__file__).parents[2] / "docs" / "watermelondb.md"
PATIENCE_SECONDS = 60
Row = dict[str, Any]


class AppError(Exception):
    """The app got an error; `code` is that of a problem document, if it was one."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(answer["error"])
        self.code = answer["code"]


def code_of_the_page() -> dict[str, str]:
    """The files that the page prints, by name."""
    blocks = re.findall(r"```js\n// (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return dict(blocks)


class App:
    """One app on one device."""

    def __init__(self, user: User, server: str, folder: Path) -> None:
        self.user = user
        self.server = server
        self.folder = folder
        self.device = register_device(user=user, device_id=uuid7(), name="WatermelonDB", platform="test")
        self.token = issue_token(user, device=self.device)
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text('{"type": "module"}')
        for name, code in code_of_the_page().items():
            (folder / name).write_text(code)
        self.start()

    def start(self, **options: Any) -> None:
        """Start the app, again if it was killed: it has what it had saved."""
        with (self.folder / "log").open("a") as log:
            self.process: subprocess.Popen[str] = node.start("watermelon.mjs", str(self.folder), stderr=log)
        try:
            self.ask("open", **options)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        """kill -9, and nothing else."""
        self.process.kill()
        self.process.communicate()

    def ask(self, command: str, **options: Any) -> Any:
        """Have the app do something. Raises AppError."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps({"command": command, **options}), file=self.process.stdin, flush=True)
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE_SECONDS)
        line = self.process.stdout.readline() if readable else ""
        assert line, f"the app does not answer: {(self.folder / 'log').read_text()}"
        answer = json.loads(line)
        if "error" in answer:
            raise AppError(answer)
        return answer["result"]

    def sync(self, server: str = "", **options: Any) -> list[dict[str, Any]]:
        """What the page prints. Returns what the server answered to what was pushed."""
        answers: list[dict[str, Any]] = self.ask("sync", server=server or self.server, token=self.token, **options)
        return answers

    def plain_sync(self) -> None:
        """`synchronize()` alone."""
        self.ask("plainSync", server=self.server, token=self.token)

    def rows(self, table: str) -> dict[str, Row]:
        """The rows of a table, by id."""
        return {row["id"]: row for row in self.ask("rows", table=table)}

    def row(self, table: str, subject: Any) -> Row | None:
        """The row of something (or of an id), if the app has it."""
        return self.rows(table).get(str(getattr(subject, "pk", subject)))

    def creates(self, table: str, **fields: Any) -> str:
        """Returns the id that the app made."""
        row: Row = self.ask("create", table=table, fields=_plain(fields))
        return str(row["id"])

    def edits(self, table: str, subject: Any, **fields: Any) -> None:
        self.ask("update", table=table, id=str(getattr(subject, "pk", subject)), fields=_plain(fields))

    def unsent(self) -> list[tuple[str, str]]:
        """Table and id of every row that waits to be sent."""
        return [
            (table, row["id"])
            for table in self.ask("count")
            for row in self.ask("rows", table=table)
            if row["_status"] != "synced"
        ]

    def replica(self) -> dict[str, dict[str, Row]]:
        """All that the app shows: every table, without what the library and the pull have noted beside it."""
        beside = ("_status", "_changed", "sync_base")
        return {
            table: {
                row["id"]: {name: value for name, value in row.items() if name not in beside}
                for row in self.ask("rows", table=table)
            }
            for table in self.ask("count")
        }


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value.pk) if hasattr(value, "pk") else value for name, value in fields.items()}
