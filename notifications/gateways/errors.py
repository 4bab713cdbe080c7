class GatewayError(Exception):
    """The message was not taken over. `retry` says whether trying the same again may help.

    The text is stored and shown to administrators: it must not repeat the message.
    """

    def __init__(self, reason: str, *, retry: bool) -> None:
        super().__init__(reason)
        self.retry = retry


class Gone(GatewayError):
    """There is nobody behind that address any more, and will not be again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retry=False)


class Unanswered(GatewayError):
    """Nobody answers there. Whoever else has something for them would wait as long, and in vain."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retry=True)
