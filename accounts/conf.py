"""What a deployment may decide about accounts, with its defaults.

```python
ACCOUNTS = {"CODE_SENDER": "notifications.services.send_code", "CODES_PER_PHONE": 5}
```
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsSettings:
    """The setting `ACCOUNTS`; its keys are these names in capitals. An unknown key is a TypeError, not a silence."""

    code_sender: str
    """Dotted path of the function that sends a one-time code: see `accounts.signin.codes.CodeSender`."""
    code_mailer: str
    """The same for a code that goes to an e-mail address."""
    codes_per_phone: int = 5
    """One-time codes that one phone may be sent in an hour."""
    codes_per_address: int = 30
    """One-time codes that one network address may ask for in an hour: not few, as many homes share one."""
    refused_codes_per_address: int = 30
    """Wrong codes that one network address may try in an hour, over all phones."""
    checks_needed: int = 2
    """Questions that have to be answered rightly before an agent acts upon somebody's word."""
    staff_token_ttl: timedelta = timedelta(days=30)
    """A staff token ends when it has not been used for this long."""
    resident_token_ttl: timedelta = timedelta(days=180)
    """The same for residents, whose phones hold nobody else's data."""


def accounts_settings() -> AccountsSettings:
    """The settings as they are now."""
    told: dict[str, Any] = settings.ACCOUNTS
    return AccountsSettings(**{key.lower(): value for key, value in told.items()})
