"""What the scenarios share: a database with a technician in it, and the servers, each started when first asked for."""

from contextlib import ExitStack
from functools import cached_property
from types import TracebackType

from benchmarks import database, servers
from benchmarks.dataset import DOCUMENTS_PER_TICKET, Service, Technician
from benchmarks.servers import Server


class Stage:
    """A context manager: what was started on it ends with it. `quick` is for trying: less of everything."""

    def __init__(self, *, quick: bool) -> None:
        self.quick = quick
        self._exits = ExitStack()

    def __enter__(self) -> "Stage":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exits.close()

    def turns(self, number: int) -> int:
        """How often each contestant takes its turn."""
        return min(number, 3) if self.quick else number

    @property
    def documents(self) -> int:
        """The size of the measured scope."""
        return 2_000 if self.quick else 10_000

    @cached_property
    def service(self) -> Service:
        """The desk and all that is not measured."""
        return Service()

    @cached_property
    def technician(self) -> Technician:
        """The person whose phone carries that many documents."""
        return self.service.technician("tom", tickets=self.documents // DOCUMENTS_PER_TICKET)

    @cached_property
    def fieldsvc(self) -> Server:
        """The product."""
        return self._exits.enter_context(servers.fieldsvc(database.url(database.NAME)))

    @cached_property
    def floor(self) -> Server:
        """The least that anybody has to do."""
        return self._exits.enter_context(servers.floor(database.url(database.NAME)))
