"""The payment provider: one small interface, any provider with an HTTP interface behind it, and a log for trying out.

To us a provider tells of payments by a webhook that is signed with a secret which both know; see `signing.py`.
"""

from typing import Protocol

from django.conf import settings

from tickets.payments.providers.errors import ProviderError
from tickets.payments.providers.http import HttpProvider
from tickets.payments.providers.log import LogProvider

__all__ = ["PaymentProvider", "ProviderError", "payment_provider", "webhook_secret"]


class PaymentProvider(Protocol):
    """Makes pages on which customers pay."""

    def make_page(self, *, reference: str, amount: int, currency: str, description: str) -> tuple[str, str]:
        """The address of the page, and what the provider calls it. Raises ProviderError when there is none.

        `amount` is in minor units. `reference` stays the same when it is tried again: a provider who understands it
        makes one page.
        """


def payment_provider() -> PaymentProvider:
    """The provider of `PAYMENT_PROVIDER`, or the log where nothing real can be paid."""
    if settings.PAYMENT_PROVIDER["url"]:
        return HttpProvider(**{name: value for name, value in settings.PAYMENT_PROVIDER.items() if name != "secret"})
    if settings.SAFE_TO_SHOW:
        return LogProvider()
    raise ProviderError("no payment provider is configured: set PAYMENT_PROVIDER_URL", retry=True)


def webhook_secret() -> str:
    """What the provider signs with. Empty: nobody is believed."""
    secret = str(settings.PAYMENT_PROVIDER["secret"])
    return secret or ("demo-only-not-a-secret" if settings.SAFE_TO_SHOW else "")
