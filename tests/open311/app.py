"""A civic app, and how it reads what it is answered."""

import re
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from rest_framework.test import APIClient

from accounts.models import User
from accounts.signin.services import issue_token

HOME = "/api/v1/open311"
FORM = "application/x-www-form-urlencoded"
DESCRIBED = re.compile(r"(?:([a-z0-9_\[\]]+): )?.*\(([a-z_]+)\)", re.DOTALL)
RIGHT = {"service_code": "leak", "attribute[fault]": "drip", "address_string": "Main St 1"}
"""A request that says nothing wrong."""


class App:
    """A civic app in somebody's hands."""

    def __init__(self, person: User | None) -> None:
        self.key = issue_token(person) if person else None
        self.client = APIClient()

    def get(self, path: str, language: str = "en", **query: str) -> Any:
        if self.key:
            query["api_key"] = self.key
        return self.client.get(f"{HOME}/{path}", query, headers={"Accept-Language": language})

    def post(self, path: str = "requests.json", *, in_address: str = "", **form: Any) -> Any:
        if self.key:
            form["api_key"] = self.key
        return self.client.post(f"{HOME}/{path}{in_address}", urlencode(form, doseq=True), content_type=FORM)

    def files(self, **form: Any) -> str:
        """A request that is right; its id."""
        answer = self.post(
            **{"service_code": "leak", "attribute[fault]": "drip", "address_string": "Main St 1", **form}
        )
        assert answer.status_code == 201, answer.content
        return str(answer.json()[0]["service_request_id"])


def xml(answer: Any) -> ElementTree.Element:
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    return ElementTree.fromstring(answer.content)  # our own


def refusals(answer: Any) -> list[str]:
    """What each description begins and ends with: the field, if one is named, and the code."""
    found = []
    for error in answer.json():
        assert error.keys() == {"code", "description"}
        assert error["code"] == answer.status_code
        parts = DESCRIBED.fullmatch(error["description"])
        assert parts, error
        found.append(f"{parts[1] or ''} {parts[2]}".strip())
    return found
