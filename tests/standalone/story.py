"""What happens in the to-do list, told in its own process: only `sync` is installed there."""

import base64
import os
from typing import Any
from uuid import uuid4

import django
from django.apps import apps

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.test import Client  # noqa: E402


class Phone:
    """One of a person's phones."""

    def __init__(self, user: Any) -> None:
        self.id, self.seq = str(uuid4()), 0
        self.tasks: dict[str, Any] = {}
        self.cursor = ""
        basic = base64.b64encode(f"{user.username}:secret".encode()).decode()
        self.client = Client(headers={"Authorization": f"Basic {basic}", "X-Device": self.id})
        assert self.client.post("/sync/devices", {"id": self.id}, "application/json").status_code == 200

    def write(self, **data: Any) -> dict[str, Any]:
        self.seq += 1
        wall = {"wall": "2026-11-22T08:00:00Z"}
        operation = {"id": str(uuid4()), "seq": self.seq, "kind": "task.write", "captured": wall, "data": data}
        body = {"device": self.id, "schema": 1, "clock": wall, "operations": [operation]}
        answer = self.client.post("/sync/push", body, "application/json")
        assert answer.status_code == 200, answer.content
        result: dict[str, Any] = answer.json()["results"][0]
        return result

    def pull(self) -> dict[str, Any]:
        page = self.client.get("/sync/changes", {"cursor": self.cursor} if self.cursor else {}).json()
        self.cursor = page["cursor"]
        for change in page["changes"]:
            if change["collection"] == "tasks":
                self.tasks[change["id"]] = change["doc"]
        return self.tasks


def story() -> None:
    assert not {"accounts", "tickets", "parts", "notifications"} & {config.name for config in apps.get_app_configs()}
    mine, theirs = (get_user_model().objects.create_user(name, password="secret") for name in ("ada", "grace"))
    first, second, stranger = Phone(mine), Phone(mine), Phone(theirs)
    milk = str(uuid4())
    assert first.write(id=milk, title="Milk")["status"] == "applied"
    assert second.pull() == {milk: {"id": milk, "title": "Milk", "done": False}}
    assert stranger.pull() == {}
    assert stranger.write(id=milk, title="Mine now")["code"] == "not_found"

    assert first.write(id=milk, done=True, base={"done": False})["status"] == "applied"
    assert first.write(id=milk, title="Oat milk", base={"title": "Milk"})["status"] == "applied"
    clash = second.write(id=milk, title="Goat milk", base={"title": "Milk"})
    assert clash["status"] == "conflict", clash
    assert second.pull()[milk] == {"id": milk, "title": "Oat milk", "done": True}
    conflict = second.client.get(f"/sync/conflicts/{clash['conflicts'][0]}").json()
    assert (conflict["server_value"], conflict["device_value"]) == ("Oat milk", "Goat milk")
    entry = apps.get_model("sync", "AuditEntry").objects.get(kind="sync.conflict")
    assert (entry.actor_id, entry.actor_key, entry.door) == (None, str(mine.pk), "push")
    collections = first.client.get("/sync/digest").json()["collections"]
    assert {name: digest["count"] for name, digest in collections.items()} == {"tasks": 1, "conflicts": 1}
    print("told", os.environ["DJANGO_SETTINGS_MODULE"])


if __name__ == "__main__":
    story()
