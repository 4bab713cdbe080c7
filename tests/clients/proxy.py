"""What lies between a phone and the office: it passes everything on, and can lose something on the way."""

import socket
import threading
from types import TracebackType


class Proxy:
    """Passes requests on to a server on this machine, one per connection. A context manager."""

    def __init__(self, port: int) -> None:
        self.target = port
        self._to_lose: list[tuple[bytes, bool]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def lose_answer(self, method: str) -> None:
        """The office will hear the next request of this method; the phone will not hear the answer."""
        self._to_lose.append((method.encode(), True))

    def lose_request(self, method: str) -> None:
        """The office will not hear the next request of this method."""
        self._to_lose.append((method.encode(), False))

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                phone, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(phone,), daemon=True).start()

    def _serve(self, phone: socket.socket) -> None:
        with phone:
            request = one_request(phone)
            lost = next((loss for loss in self._to_lose if request.startswith(loss[0])), None)
            if lost:
                self._to_lose.remove(lost)
            if lost is None or lost[1]:
                with socket.create_connection(("127.0.0.1", self.target)) as office:
                    office.sendall(request)
                    answer = b"".join(iter(lambda: office.recv(1 << 16), b""))
                if lost is None:
                    phone.sendall(answer)


def one_request(phone: socket.socket) -> bytes:
    """One request whole, told to be the only one of its connection, so that the end of the answer is easy to find."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(phone)
    head, _, body = received.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in headers if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += _more(phone)
    kept = [line for line in headers if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([first, *kept, b"Connection: close"]) + b"\r\n\r\n" + body


def _more(phone: socket.socket) -> bytes:
    if not (received := phone.recv(1 << 16)):
        raise ConnectionError("The phone hung up.")
    return received
