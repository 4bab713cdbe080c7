"""The technician's phone: a process of its own, with its own SQLite store. `python -m tests.day.phone STORE URL`.

It is driven by one JSON command per line on its standard input and answers one JSON line each. It knows nothing but the
wire of `docs/sync.md`, and it may be killed at any moment: what it has said to have done is in its store.
"""

import json
import sqlite3
import sys
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

SCHEMA = """
CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS documents (collection TEXT, id TEXT, doc TEXT, PRIMARY KEY (collection, id));
CREATE TABLE IF NOT EXISTS outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT);
CREATE TABLE IF NOT EXISTS answers (seq INTEGER PRIMARY KEY, operation TEXT, answer TEXT);
"""
BOOT = Path("/proc/sys/kernel/random/boot_id").read_text().strip() if sys.platform == "linux" else str(uuid.getnode())


def clock() -> dict[str, Any]:
    """What the clocks of this device say."""
    return {
        "wall": datetime.now(UTC).isoformat(),
        "monotonic_ms": time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        if hasattr(time, "CLOCK_BOOTTIME")
        else time.monotonic_ns() // 1_000_000,
        "boot": BOOT,
    }


class Phone:
    """A store, an outbox, and a way to the server when there is signal."""

    def __init__(self, store: str, url: str) -> None:
        self.store = sqlite3.connect(store, isolation_level=None)
        self.store.executescript(SCHEMA)
        self.url = url

    def get(self, name: str) -> str | None:
        row = self.store.execute("SELECT value FROM state WHERE name = ?", [name]).fetchone()
        return row[0] if row else None

    def keep(self, **values: str) -> None:
        self.store.executemany("INSERT OR REPLACE INTO state VALUES (?, ?)", values.items())

    def sign_in(self, username: str, password: str) -> dict[str, Any]:
        """Make a device id, sign in and keep the token."""
        device = {"id": str(uuid.uuid4()), "name": "Phone of the day", "platform": "python", "app_version": "1"}
        body = {"username": username, "password": password, "device": device}
        answer = httpx.post(f"{self.url}/api/v1/sign-in", json=body, timeout=30)
        answer.raise_for_status()
        self.keep(token=answer.json()["token"], device=device["id"])
        return {"token": answer.json()["token"], "device": device["id"]}

    def do(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        """Put an operation into the outbox."""
        operation = {"id": str(uuid.uuid4()), "kind": kind, "captured": clock(), "depends_on": [], "data": data}
        row = self.store.execute("INSERT INTO outbox (operation) VALUES (?)", [json.dumps(operation)])
        return {"id": operation["id"], "seq": row.lastrowid}

    def push(self, lose_reply: bool = False) -> dict[str, Any]:
        """Send the outbox, and forget what was answered for good, in one transaction of the store."""
        rows = self.store.execute("SELECT seq, operation FROM outbox ORDER BY seq").fetchall()
        operations = [{**json.loads(operation), "seq": seq} for seq, operation in rows]
        envelope = {"device": self.get("device"), "schema": 4, "clock": clock(), "operations": operations}
        headers = {"Authorization": f"Token {self.get('token')}"}
        if lose_reply:
            self._send_and_hang_up("/api/v1/sync/push", envelope, headers)
            return {"sent": len(operations)}
        reply = httpx.post(f"{self.url}/api/v1/sync/push", json=envelope, headers=headers, timeout=60)
        reply.raise_for_status()
        results = reply.json()["results"]
        self.store.execute("BEGIN")
        for (seq, operation), result in zip(rows, results, strict=True):
            if result["status"] != "retry":
                self.store.execute(
                    "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", [seq, operation, json.dumps(result)]
                )
                self.store.execute("DELETE FROM outbox WHERE seq = ?", [seq])
        self.store.execute("COMMIT")
        return {"results": results}

    def _send_and_hang_up(self, path: str, body: Any, headers: dict[str, str]) -> None:
        import socket

        address = urlsplit(self.url)
        content = json.dumps(body).encode()
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = (
            f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n{head}\r\n"
        )
        with socket.create_connection((address.hostname, address.port or 80), timeout=30) as line:
            line.sendall(request.encode() + content)
            line.recv(1)  # the office has heard us; whatever it says is lost
            line.shutdown(socket.SHUT_RDWR)

    def pull(self) -> dict[str, Any]:
        """Pull all that changed; each page and its cursor are kept together."""
        came = 0
        while True:
            query = {"schema": "4"} | ({"cursor": cursor} if (cursor := self.get("cursor")) else {})
            headers = {"Authorization": f"Token {self.get('token')}"}
            reply = httpx.get(f"{self.url}/api/v1/sync/changes", params=query, headers=headers, timeout=60)
            reply.raise_for_status()
            page = reply.json()
            self.store.execute("BEGIN")
            for change in page["changes"]:
                key = [change["collection"], change["id"]]
                if change["deleted"]:
                    self.store.execute("DELETE FROM documents WHERE collection = ? AND id = ?", key)
                else:
                    self.store.execute(
                        "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", [*key, json.dumps(change["doc"])]
                    )
            self.keep(cursor=page["cursor"])
            self.store.execute("COMMIT")
            came += len(page["changes"])
            if not page["more"]:
                return {"came": came}

    def show(self) -> dict[str, Any]:
        """All documents, and what still waits."""
        rows = self.store.execute("SELECT collection, id, doc FROM documents").fetchall()
        waiting = self.store.execute("SELECT count(*) FROM outbox").fetchone()[0]
        return {
            "documents": [[collection, doc_id, json.loads(doc)] for collection, doc_id, doc in rows],
            "waiting": waiting,
        }


def main(store: str, url: str) -> None:
    """Answer commands until the input ends."""
    phone = Phone(store, url)
    commands: dict[str, Callable[..., dict[str, Any]]] = {
        "sign_in": phone.sign_in,
        "do": phone.do,
        "push": phone.push,
        "pull": phone.pull,
        "show": phone.show,
    }
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer = commands[name](**arguments)
        except httpx.HTTPStatusError as error:
            answer = {"failed": error.response.status_code, "problem": error.response.text}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
