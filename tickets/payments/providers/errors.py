class ProviderError(Exception):
    """The provider has made no page. `retry` says whether trying the same again may help."""

    def __init__(self, reason: str, *, retry: bool) -> None:
        super().__init__(reason)
        self.retry = retry
