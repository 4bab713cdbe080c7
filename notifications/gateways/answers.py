"""What an HTTP service has answered to a message, and whether to ask again."""

import re
from collections.abc import Collection

import httpx

from notifications.gateways.errors import GatewayError

TRY_AGAIN = {408, 425, 429}
"""Refusals that are about the moment, not about the message."""
SHOWN_OF_ANSWER = 200


def must_be_taken(answer: httpx.Response, success: Collection[int]) -> None:
    """Raises GatewayError unless the service has taken the message over."""
    if answer.status_code not in success:
        retry = answer.is_server_error or answer.status_code in TRY_AGAIN
        raise GatewayError(_what_it_said(answer), retry=retry)


def _what_it_said(answer: httpx.Response) -> str:
    # Providers like to repeat the message they refuse: without digits neither code nor number can be read.
    said = re.sub(r"\d", "•", answer.text)[:SHOWN_OF_ANSWER]
    return f"HTTP {answer.status_code}: {said}".removesuffix(": ")
