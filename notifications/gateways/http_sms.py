"""SMS through any provider with an HTTP interface, described by a setting instead of a class per provider.

```python
SMS_GATEWAY = {
    "url": "https://sms.example/v2/messages",
    "headers": {"Authorization": "Bearer …"},
    "json": {"recipient": "{to}", "content": {"text": "{text}"}, "client_reference": "{reference}"},
}
```
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from notifications.gateways.answers import must_be_taken
from notifications.gateways.errors import Unanswered

PLACEHOLDER = re.compile(r"\{(to|text|reference)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSmsGateway:
    """One request per message. `{to}`, `{text}` and `{reference}` may stand in the URL, in `json` and in `form`."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    timeout: float = 10.0
    """Seconds to wait for the connection, and again for the answer."""
    success: Collection[int] = (200, 201, 202, 204)
    """Status codes by which the provider says that it took the message over."""

    def send(self, to: str, text: str, *, reference: str) -> None:
        values = {"to": to, "text": text, "reference": reference}
        try:
            answer = httpx.request(
                self.method,
                _filled(self.url, {name: quote(value, safe="") for name, value in values.items()}),
                headers=dict(self.headers),
                json=_filled(self.json, values),
                data=_filled(self.form, values),
                timeout=self.timeout,
            )
        except httpx.TransportError as error:
            raise Unanswered(f"{type(error).__name__} at the SMS gateway") from error
        must_be_taken(answer, self.success)


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    """The template with its placeholders replaced in one pass: a `{to}` inside the text stays what it is."""
    match template:
        case str():
            return PLACEHOLDER.sub(lambda found: values[found[1]], template)
        case Mapping():
            return {key: _filled(value, values) for key, value in template.items()}
        case list():
            return [_filled(value, values) for value in template]
    return template
