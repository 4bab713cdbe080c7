"""The payment provider: one small interface, any provider with an HTTP interface behind it, and a log for trying out.

To us a provider tells of payments and refunds by webhooks that are signed with a secret which both know; see
`sync/webhooks.py`.
"""

from typing import Protocol

from django.conf import settings

from tickets.payments.providers.errors import ProviderError
from tickets.payments.providers.http import HttpProvider
from tickets.payments.providers.log import LogProvider

__all__ = ["PaymentProvider", "ProviderError", "gives_back", "payment_provider", "webhook_secret"]


class PaymentProvider(Protocol):
    """Makes pages on which customers pay, and gives back what they have paid there.

    Amounts are in minor units. `reference` is ours and stays the same when something is tried again: a provider who
    understands it makes one page, and gives back once.
    """

    @property
    def refunds(self) -> bool:
        """Whether this one gives anything back."""

    def make_page(self, *, reference: str, amount: int, currency: str, description: str) -> tuple[str, str]:
        """The address of the page, and what the provider calls it. Raises ProviderError when there is none."""

    def refund(self, *, reference: str, payment: str, amount: int, currency: str, description: str) -> tuple[str, bool]:
        """Give back so much of a payment, by the provider's name for it.

        What the provider calls the refund, perhaps nothing; and whether the customer has the money already, else the
        provider tells us later. Raises ProviderError when it is not done.
        """


def payment_provider() -> PaymentProvider:
    """The provider of `PAYMENT_PROVIDER`, or the log where nothing real can be paid."""
    if settings.PAYMENT_PROVIDER["url"]:
        return HttpProvider(**{name: value for name, value in settings.PAYMENT_PROVIDER.items() if name != "secret"})
    if settings.SAFE_TO_SHOW:
        return LogProvider()
    raise ProviderError("no payment provider is configured: set PAYMENT_PROVIDER_URL", retry=True)


def gives_back() -> bool:
    """Whether what was paid by a link can go back the way it came."""
    try:
        return payment_provider().refunds
    except ProviderError:
        return False


def webhook_secret() -> str:
    """What the provider signs with. Empty: nobody is believed."""
    secret = str(settings.PAYMENT_PROVIDER["secret"])
    return secret or ("demo-only-not-a-secret" if settings.SAFE_TO_SHOW else "")
