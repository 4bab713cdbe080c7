"""The publishing side of the bus: one thread per process, started by the first news."""

import atexit
import logging
import threading

from notifications.bus import wire
from notifications.bus.news import News

COLLECT_SECONDS = 0.005
"""How long news waits for more: NOTIFY takes a lock on the whole server, so many commits share one."""
FIRST_RETRY_SECONDS = 0.1
LAST_RETRY_SECONDS = 10.0
CLOSE_SECONDS = 2.0

logger = logging.getLogger(__name__)


class Publisher:
    """Collects news and publishes it from a thread of its own.

    While the connection is lost the news piles up, merged, and is published when it is back; what is too much to keep
    becomes "everyone catches up".
    """

    def __init__(self) -> None:
        self._pending = News()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def put(self, news: News) -> None:
        """Publish this soon. Neither waits for the wire nor fails with it."""
        with self._changed:
            self._pending.merge(news)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="bus-publisher", daemon=True)
                self._thread.start()
                # A command line may end right after its commit: its last news still has to go out.
                atexit.register(self.close)
            self._changed.notify()

    def close(self) -> None:
        """Publish what is pending, as far as that is possible within two seconds, and end the thread."""
        atexit.unregister(self.close)
        self._closing.set()
        with self._changed:
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def _take(self) -> News | None:
        """What has come in since, once there is something; None when it is time to end."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._closing.is_set())
        self._closing.wait(COLLECT_SECONDS)
        with self._changed:
            news, self._pending = self._pending, News()
        return news or None

    def _run(self) -> None:
        retry = FIRST_RETRY_SECONDS
        sender: wire.Sender | None = None
        while news := self._take():
            try:
                sender = sender or wire.sender()
                for payload in news.payloads():
                    sender.send(payload)
                retry = FIRST_RETRY_SECONDS
            except Exception as error:
                logger.warning("the bus cannot publish, next try in %.1f s: %s", retry, error)
                if sender is not None:
                    sender.close()
                    sender = None
                with self._changed:
                    self._pending.merge(news)
                if self._closing.wait(retry):
                    return
                retry = min(retry * 2, LAST_RETRY_SECONDS)
        if sender is not None:
            sender.close()
