"""The provider of development: the page leads nowhere, nothing comes back, and it all stands in the log."""

import logging

logger = logging.getLogger(__name__)


class LogProvider:
    """Takes no money from nobody, and gives it back at once."""

    refunds = True

    def make_page(self, *, reference: str, amount: int, currency: str, description: str) -> tuple[str, str]:
        url = f"https://payments.invalid/{reference}"
        logger.info("payment of %s %s for %s at %s", amount, currency, description, url)
        return url, reference

    def refund(self, *, reference: str, payment: str, amount: int, currency: str, description: str) -> tuple[str, bool]:
        logger.info("refund of %s %s for %s to payment %s", amount, currency, description, payment)
        return reference, True
