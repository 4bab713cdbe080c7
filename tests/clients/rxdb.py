"""An app in somebody's hands: the published RxDB in Node, with the code of docs/rxdb.md."""

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

PAGE = Path(__file__).parents[2] / "docs" / "rxdb.md"
PATIENCE_SECONDS = 30
Doc = dict[str, Any]


class App:
    """One app on one device. Every step has half a minute."""

    def __init__(self, user: User, server: str, folder: Path, **options: Any) -> None:
        device = register_device(user=user, device_id=uuid7(), name="RxDB", platform="test")
        self.folder = folder
        folder.mkdir()
        (folder / "package.json").write_text('{"type": "module"}')
        for name, code in re.findall(r"```js\n// (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL):
            (folder / name).write_text(code)
        node.ensure_packages()
        (folder / "node_modules").symlink_to(node.PACKAGES)
        with (folder / "log").open("a") as log:
            self.process: subprocess.Popen[str] = node.start("rxdb.mjs", str(folder), stderr=log)
        try:
            self.ask("open", server=server, token=issue_token(user, device=device), **options)
        except BaseException:
            self.kill()
            raise

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def ask(self, command: str, **given: Any) -> Any:
        """Have the app do something."""
        assert self.process.stdin
        assert self.process.stdout
        print(json.dumps({"command": command, **given}, default=str), file=self.process.stdin, flush=True)
        readable, _, _ = select.select([self.process.stdout], [], [], PATIENCE_SECONDS)
        line = self.process.stdout.readline() if readable else ""
        assert line, f"the app does not answer to {command}: {(self.folder / 'log').read_text()}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def sync(self, *collections: str) -> None:
        """Until what there is has been sent and pulled; nothing named: of all collections."""
        self.ask("sync", collections=list(collections) or None)

    def documents(self, collection: str) -> dict[str, Doc]:
        """The documents of a collection, by id."""
        return {document["id"]: document for document in self.ask("documents", collection=collection)}

    def document(self, collection: str, subject: Any) -> Doc | None:
        """The document of something (or of an id), if the app has it."""
        return self.documents(collection).get(_id(subject))

    def inserts(self, collection: str, **values: Any) -> str:
        """Returns the id that the app made."""
        id = str(uuid7())
        self.ask("insert", collection=collection, document={"id": id, **values})
        return id

    def edits(self, collection: str, subject: Any, **values: Any) -> None:
        self.ask("edit", collection=collection, id=_id(subject), values=values)

    def removes(self, collection: str, subject: Any) -> None:
        self.ask("remove", collection=collection, id=_id(subject))

    def shows(self, collection: str, subject: Any, **values: Any) -> None:
        """Wait until the document has these values."""
        self.ask("wait", collection=collection, id=_id(subject), values=values)

    def loses(self, collection: str, subject: Any) -> None:
        """Wait until the document is gone."""
        self.ask("wait", collection=collection, id=_id(subject))

    def goes_offline(self) -> None:
        self.ask("signal", on=False)

    def goes_online(self) -> None:
        self.ask("signal", on=True)

    def heard(self, what: str, collection: str) -> list[Any]:
        """What was answered to each of these requests: the ids of the documents."""
        return [ids for kind, name, ids in self.ask("heard") if (kind, name) == (what, collection)]

    def replica(self, collections: list[str]) -> dict[str, dict[str, Doc]]:
        return {collection: self.documents(collection) for collection in collections}


def _id(subject: Any) -> str:
    return str(getattr(subject, "pk", subject))
