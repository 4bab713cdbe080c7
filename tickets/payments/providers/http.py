"""Any provider with an HTTP interface, described by a setting instead of a class per provider.

```python
PAYMENT_PROVIDER = {
    "url": "https://pay.example/v1/links",
    "headers": {"Authorization": "Bearer …"},
    "json": {"out_trade_no": "{reference}", "amount": "{amount}", "currency": "{currency}", "subject": "{description}"},
    "page": "data.url",           # where in the answer the address of the page stands
    "identifier": "data.id",
    "secret": "…",                # with which it signs what it tells us
}
```
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tickets.payments.providers.errors import ProviderError

TRY_AGAIN = {408, 425, 429}
"""Refusals that are about the moment, not about the payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProvider:
    """One request per page. A string of `json` that is `{amount}` alone becomes the number."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    page: str = "url"
    identifier: str = "id"
    timeout: float = 10.0
    """Seconds to wait for the connection, and again for the answer."""
    success: Collection[int] = (200, 201)

    def make_page(self, *, reference: str, amount: int, currency: str, description: str) -> tuple[str, str]:
        values = {"reference": reference, "amount": amount, "currency": currency, "description": description}
        headers = {"Idempotency-Key": reference, **self.headers}
        try:
            answer = httpx.post(self.url, headers=headers, json=_filled(self.json, values), timeout=self.timeout)
        except httpx.TransportError as error:
            raise ProviderError(f"{type(error).__name__} at the payment provider", retry=True) from error
        if answer.status_code not in self.success:
            retry = answer.is_server_error or answer.status_code in TRY_AGAIN
            raise ProviderError(f"HTTP {answer.status_code} from the payment provider", retry=retry)
        try:
            said = answer.json()
            url, identifier = str(_at(said, self.page)), str(_at(said, self.identifier))
        except (ValueError, LookupError, TypeError) as error:
            raise ProviderError("the payment provider's answer names no page", retry=False) from error
        if not url.startswith(("https://", "http://")):
            raise ProviderError("the payment provider's page has no address", retry=False)
        return url, identifier


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


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value[name]
    return value
