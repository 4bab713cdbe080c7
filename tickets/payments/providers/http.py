"""Any provider with an HTTP interface, described by a setting instead of a class per provider.

```python
PAYMENT_PROVIDER = {
    "url": "https://pay.example/v1/links",
    "headers": {"Authorization": "Bearer …"},
    "json": {"out_trade_no": "{reference}", "amount": "{amount}", "currency": "{currency}", "subject": "{description}"},
    "page": "data.url",           # where in the answer the address of the page stands
    "identifier": "data.id",
    "refund_url": "https://pay.example/v1/payments/{payment}/refunds",
    "refund_json": {"out_refund_no": "{reference}", "amount": "{amount}"},
    "refund_identifier": "data.id",
    "refund_state": "data.status",
    "refund_done": "SUCCESS",     # when that stands there, the customer has the money
    "secret": "…",                # with which it signs what it tells us
}
```
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from tickets.payments.providers.errors import ProviderError

TRY_AGAIN = {408, 409, 425, 429}
"""Refusals that are about the moment, not about the payment; 409: the same is being done just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProvider:
    """One request per page or refund. A string of `json` that is `{amount}` alone becomes the number."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    page: str = "url"
    identifier: str = "id"
    refund_url: str = ""
    """Without, what was paid is given back by hand."""
    refund_json: Any = None
    refund_identifier: str = "id"
    refund_state: str = ""
    refund_done: str = ""
    timeout: float = 10.0
    """Seconds to wait for the connection, and again for the answer."""
    success: Collection[int] = (200, 201, 202)

    @property
    def refunds(self) -> bool:
        return bool(self.refund_url)

    def make_page(self, *, reference: str, amount: int, currency: str, description: str) -> tuple[str, str]:
        values = {"reference": reference, "amount": amount, "currency": currency, "description": description}
        said = self._asked(self.url, _filled(self.json, values), reference)
        url, identifier = _at(said, self.page), _at(said, self.identifier)
        if not url or not identifier:
            raise ProviderError("the payment provider's answer names no page", retry=False)
        if not url.startswith(("https://", "http://")):
            raise ProviderError("the payment provider's page has no address", retry=False)
        return url, identifier

    def refund(self, *, reference: str, payment: str, amount: int, currency: str, description: str) -> tuple[str, bool]:
        if not self.refunds:
            raise ProviderError("this payment provider gives nothing back", retry=False)
        values = {
            "reference": reference,
            "payment": payment,
            "amount": amount,
            "currency": currency,
            "description": description,
        }
        url = self.refund_url.replace("{payment}", quote(payment, safe=""))
        said = self._asked(url, _filled(self.refund_json, values), reference)
        done = bool(self.refund_state) and _at(said, self.refund_state) == self.refund_done
        return _at(said, self.refund_identifier), done

    def _asked(self, url: str, body: Any, reference: str) -> Any:
        """What it answers; nothing, where that is no JSON."""
        headers = {"Idempotency-Key": reference, **self.headers}
        try:
            answer = httpx.post(url, headers=headers, json=body, timeout=self.timeout)
        except httpx.TransportError as error:
            raise ProviderError(f"{type(error).__name__} at the payment provider", retry=True) from error
        if answer.status_code not in self.success:
            retry = answer.is_server_error or answer.status_code in TRY_AGAIN
            raise ProviderError(f"HTTP {answer.status_code} from the payment provider", retry=retry)
        try:
            return answer.json()
        except ValueError:
            return None


def _filled(template: Any, values: Mapping[str, Any]) -> Any:
    match template:
        case str():
            alone = template[1:-1] if template.startswith("{") and template.endswith("}") else ""
            if alone in values:
                return values[alone]
            for name, value in values.items():
                template = template.replace(f"{{{name}}}", str(value))
            return template
        case Mapping():
            return {key: _filled(value, values) for key, value in template.items()}
        case list():
            return [_filled(value, values) for value in template]
    return template


def _at(value: Any, path: str) -> str:
    """What stands there in an answer; empty, if nothing does."""
    try:
        for name in path.split("."):
            value = value[name]
    except (LookupError, TypeError):
        return ""
    return "" if value is None else str(value)
