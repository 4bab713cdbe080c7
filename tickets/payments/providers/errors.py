class ProviderError(Exception):
    """The provider has not done what we asked for.

    `retry` says whether trying the same again may help. Then nobody knows whether it was done all the same: the answer
    may have been lost.
    """

    def __init__(self, reason: str, *, retry: bool) -> None:
        super().__init__(reason)
        self.retry = retry
