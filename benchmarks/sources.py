"""What a phone replicates from: the product, the floor, the peers. Each is asked as its own client asks it.

| source | first sync | what changed since | writing documents |
|---|---|---|---|
| fieldsvc | pages of 4 MB | one page, by cursor | see `scenarios/push.py` |
| floor | one request | one request, by number | one request |
| Kinto | one request, as it does not page unless it is told to | one request, by `_since` | one batch request |
| PouchDB server | by hundreds: `_changes`, `_bulk_get`, the checkpoint | the same | one `_bulk_docs` |
| …, at its quickest | one `_changes?include_docs=true`, as no replicating client asks | the same, by `since` | |

Kinto's ceiling of 10,000 records in an answer is raised, so that it is spared a second one. PouchDB's client (7.3,
`pouchdb-replication`) takes batches of 100 unless an app asks otherwise, goes on until a batch is empty, and reads and
writes its checkpoint after each. What it asks only once in its life is left out.
"""

import base64
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import orjson
import psycopg

from benchmarks.client import Answer, Client
from benchmarks.dataset import Technician
from benchmarks.phone import CHANGES, SCHEMA
from benchmarks.servers import Server

Document = dict[str, Any]
"""With `id` and `collection`."""


class Source(ABC):
    """A server that holds the documents of one phone."""

    name: str
    server: Server
    client: Client

    def close(self) -> None:
        """No more requests."""
        self.client.close()

    def everything(self, **headers: str) -> list[Answer]:
        """A first sync."""
        return self.since("", **headers)

    @abstractmethod
    def since(self, position: str, **headers: str) -> list[Answer]:
        """What changed since then, in as many answers as it takes."""

    @abstractmethod
    def position(self) -> str:
        """Where a phone stands that has everything."""

    def fill(self, documents: Sequence[Document]) -> None:
        """Put these documents into a database that has none."""
        self.writing(documents)()

    @abstractmethod
    def writing(self, documents: Sequence[Document]) -> Callable[[], Answer]:
        """What writes these documents when it is called: in one request, prepared now."""


class Fieldsvc(Source):
    """The feed of one technician."""

    name = "fieldsvc"
    PAGE = 10_000
    ENDS = 2_000
    """Bytes at either end of a page in which cursor and `more` stand; the client does not read the rest."""

    def __init__(self, server: Server, technician: Technician) -> None:
        self.server = server
        self.client = Client(server.port, Authorization=f"Token {technician.token}")

    def since(self, position: str, **headers: str) -> list[Answer]:
        answers, more = [], True
        while more:
            cursor = f"&cursor={quote(position)}" if position else ""
            answers.append(self.client.get(f"{CHANGES}?schema={SCHEMA}&limit={self.PAGE}{cursor}", **headers))
            position, more = self._place(answers[-1])
        return answers

    def position(self) -> str:
        return self._place(self.everything()[-1])[0]

    def documents(self) -> list[Document]:
        """All that the phone receives."""
        changes = [change for page in self.everything() for change in page.json()["changes"]]
        return [{"collection": change["collection"], **change["doc"]} for change in changes]

    def texts(self) -> list[str]:
        """The same as the texts of which its pages are made."""
        pages = [page.json()["changes"] for page in self.everything()]
        return [orjson.dumps(change).decode() for page in pages for change in page]

    def _place(self, page: Answer) -> tuple[str, bool]:
        body = page.text()
        ends = body if len(body) <= 2 * self.ENDS else body[: self.ENDS] + body[-self.ENDS :]
        cursor, more = re.search(rb'"cursor":\s*"([^"]+)"', ends), re.search(rb'"more":\s*true', ends)
        assert cursor is not None, ends
        return cursor[1].decode(), more is not None

    def writing(self, documents: Sequence[Document]) -> Callable[[], Answer]:
        raise NotImplementedError("it takes operations: scenarios/push.py")


class Floor(Source):
    """See `floor.py`."""

    name = "floor"

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client = Client(server.port)

    def since(self, position: str, **headers: str) -> list[Answer]:
        return [self.client.get(f"/since/{position or 0}", **headers)]

    def position(self) -> str:
        return self.client.get("/newest").body.decode()

    def writing(self, documents: Sequence[Document]) -> Callable[[], Answer]:
        body = orjson.dumps([{"id": document["id"], "body": orjson.dumps(document).decode()} for document in documents])
        return lambda: self.client.post("/", body)

    def hold_the_same(self, fieldsvc: Fieldsvc) -> None:
        """Take over the very bytes that the product sends, so that both read and send as much."""
        items = [{"id": orjson.loads(text)["id"], "body": text} for text in fieldsvc.texts()]
        self.client.post("/", orjson.dumps(items))


class Kinto(Source):
    """One collection with all documents."""

    name = "Kinto"
    COLLECTION = "/buckets/bench/collections/documents"

    def __init__(self, server: Server, address: str) -> None:
        self.server, self.address = server, address
        secret = base64.b64encode(b"tom:secret").decode()
        self.client = Client(server.port, Authorization=f"Basic {secret}")
        self.client.put("/v1/buckets/bench", b"{}")
        self.client.put(f"/v1{self.COLLECTION}", b"{}")

    def since(self, position: str, **headers: str) -> list[Answer]:
        query = f"?_since={quote(position)}" if position else ""
        return [self.client.get(f"/v1{self.COLLECTION}/records{query}", **headers)]

    def position(self) -> str:
        return self.everything()[-1].headers["ETag"]

    def fill(self, documents: Sequence[Document]) -> None:
        """By SQL: its own way takes a minute. Each record needs another time, as its cursors are times."""
        now = datetime.now(UTC).replace(tzinfo=None)
        rows = [
            (document["id"], orjson.dumps(document).decode(), now - timedelta(milliseconds=age))
            for age, document in enumerate(documents, start=1)
        ]
        ids, bodies, times = (list(column) for column in zip(*rows, strict=True))
        with psycopg.connect(self.address) as connection:
            connection.execute(
                "INSERT INTO objects (id, parent_id, resource_name, last_modified, data, deleted) "
                "SELECT id, %s, 'record', modified, body::jsonb, false "
                "FROM unnest(%s::text[], %s::text[], %s::timestamp[]) AS new (id, body, modified)",
                [self.COLLECTION, ids, bodies, times],
            )
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE objects")

    def writing(self, documents: Sequence[Document]) -> Callable[[], Answer]:
        requests = [
            {"path": f"/v1{self.COLLECTION}/records/{document['id']}", "body": {"data": document}}
            for document in documents
        ]
        body = orjson.dumps({"defaults": {"method": "PUT"}, "requests": requests})

        def write() -> Answer:
            answer = self.client.post("/v1/batch", body)
            assert answer.body.count(b'"status":20') + answer.body.count(b'"status": 20') == len(documents)
            return answer

        return write


class PouchDB(Source):
    """One database with all documents."""

    name = "PouchDB server"
    BATCH = 100
    CHECKPOINT = "/documents/_local/phone"

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client = Client(server.port)
        self.client.put("/documents", b"")
        self.client.put(self.CHECKPOINT, orjson.dumps({"last_seq": 0}))
        self.revisions: dict[str, str] = {}

    def since(self, position: str, **headers: str) -> list[Answer]:
        """As `pouchdb-replication` and `pouchdb-checkpointer` do: a checkpoint is read before it is written."""
        answers = [self.client.get(self.CHECKPOINT, **headers)]
        while True:
            query = f"style=all_docs&limit={self.BATCH}&since={position or 0}"
            answers.append(self.client.get(f"/documents/_changes?{query}", **headers))
            batch = answers[-1].json()
            if not batch["results"]:
                return [*answers, self.client.get(self.CHECKPOINT, **headers)]
            wanted = [{"id": row["id"], "rev": change["rev"]} for row in batch["results"] for change in row["changes"]]
            body = orjson.dumps({"docs": wanted})
            answers.append(self.client.post("/documents/_bulk_get?revs=true&latest=true", body, **headers))
            answers.append(self.client.get(self.CHECKPOINT, **headers))
            position = str(batch["last_seq"])
            checkpoint = {"_rev": answers[-1].json()["_rev"], "last_seq": batch["last_seq"]}
            answers.append(self.client.put(self.CHECKPOINT, orjson.dumps(checkpoint), **headers))

    def position(self) -> str:
        return str(self.client.get("/documents/_changes?descending=true&limit=1").json()["last_seq"])

    def at_its_quickest(self) -> Source:
        """The same database, asked in a way that no replicating client does."""
        return QuickPouchDB(self)

    def writing(self, documents: Sequence[Document]) -> Callable[[], Answer]:
        """An update has to name the revision that it replaces."""
        body = orjson.dumps({"docs": [self._with_revision(document) for document in documents]})

        def write() -> Answer:
            answer = self.client.post("/documents/_bulk_docs", body)
            results = answer.json()
            assert all(result.get("ok") for result in results), results[:3]
            self.revisions |= {result["id"]: result["rev"] for result in results}
            return answer

        return write

    def _with_revision(self, document: Document) -> Document:
        known = self.revisions.get(document["id"])
        content = {name: value for name, value in document.items() if name != "id"}
        return {"_id": document["id"], **content, **({"_rev": known} if known else {})}


class QuickPouchDB(Source):
    """All that has changed in one answer, with the documents in it, and nobody remembers how far it went."""

    name = "PouchDB server, at its quickest"

    def __init__(self, database: PouchDB) -> None:
        self.database, self.server, self.client = database, database.server, database.client

    def since(self, position: str, **headers: str) -> list[Answer]:
        return [self.client.get(f"/documents/_changes?include_docs=true&since={position or 0}", **headers)]

    def position(self) -> str:
        return self.database.position()

    def writing(self, documents: Sequence[Document]) -> Callable[[], Answer]:
        return self.database.writing(documents)
