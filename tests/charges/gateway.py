"""A payment provider to test with: a real HTTP server that keeps accounts of its own and signs what it tells us."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fieldsvc.time import now
from tests.serving import Handler, serving

SECRET = "known to both"


@dataclass
class Gateway:
    """What was paid there, by its own numbers, and what it has given back, by the reference it was asked under.

    It remembers its answer to each reference, as providers do: asked again, it does nothing and answers the same.
    """

    url: str
    paid: dict[str, int] = field(default_factory=dict)
    given_back: dict[str, tuple[str, int]] = field(default_factory=dict)
    remembered: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    """The references it was asked under, in order."""
    is_down: bool = False
    loses_answers: bool = False
    refuses: bool = False
    at_once: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """By which we find it."""
        return {
            "url": f"{self.url}/links",
            "refund_url": f"{self.url}/payments/{{payment}}/refunds",
            "refund_json": {"amount": "{amount}", "text": "{description}"},
            "refund_identifier": "data.id",
            "refund_state": "data.state",
            "refund_done": "done",
            "secret": SECRET,
        }

    def refund(self, reference: str, payment: str, amount: int) -> tuple[int, dict[str, Any]]:
        """Once for each reference, and never more than was paid."""
        if reference not in self.remembered:
            gone = sum(given for of, given in self.given_back.values() if of == payment)
            if self.refuses or gone + amount > self.paid.get(payment, 0):
                self.remembered[reference] = 422, {"error": "refused"}
            else:
                self.given_back[reference] = payment, amount
                state = "done" if self.at_once else "pending"
                self.remembered[reference] = 201, {"data": {"id": f"B-{len(self.given_back)}", "state": state}}
        return self.remembered[reference]

    def tells(self, client: Any, path: str, *, secret: str = SECRET, **said: Any) -> Any:
        """Its webhook, signed."""
        body, seconds = json.dumps(said, default=str).encode(), int(now().timestamp())
        digest = hmac.new(secret.encode(), b"%d." % seconds + body, hashlib.sha256).hexdigest()
        headers = {"Payment-Signature": f"t={seconds},v1={digest}"}
        return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


@contextmanager
def running_gateway() -> Iterator[Gateway]:
    """The provider, at work for as long as the block lasts."""

    class Asked(Handler):
        def do_POST(self) -> None:
            asked = json.loads(self.body())
            reference, words = self.headers["Idempotency-Key"], self.path.strip("/").split("/")
            if gateway.is_down:
                self.answer(503, {})
            elif words == ["links"]:
                self.answer(201, {"url": f"https://pay.example/{reference}", "id": reference})
            else:
                gateway.requests.append(reference)
                answer = gateway.refund(reference, words[1], asked["amount"])
                if not gateway.loses_answers:
                    self.answer(*answer)

    with serving(Asked) as url:
        gateway = Gateway(url)
        yield gateway
