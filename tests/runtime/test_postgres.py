"""The embedded PostgreSQL: started when it is missing, shared, recovered, and gone with its last client."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from fieldsvc.postgres import PostgresUnavailable, ensure_running, locks, programs, release, stop
from fieldsvc.postgres.home import Home

ROOT = Path(__file__).parents[2]

CLIENT = """
import sys
from pathlib import Path
from fieldsvc.postgres import ensure_running
print(ensure_running(Path(sys.argv[1]), durable=False), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data of the office"
    yield folder
    release(folder)
    stop(folder)


@pytest.fixture
def without_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`without_program("setpriv")` lets that program fail whenever it is called."""

    def hide(program: str) -> None:
        failing = tmp_path / program
        failing.write_text("#!/bin/sh\nexit 1\n")
        failing.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    return hide


@contextmanager
def client_process(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that uses the server until it is killed."""
    command = [sys.executable, "-c", CLIENT, str(data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://")
        try:
            yield process
        finally:
            process.kill()


def start(data_dir: Path) -> str:
    return ensure_running(data_dir, durable=False)


def eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_serving(data_dir: Path) -> bool:
    """Whether any process of the server is left."""
    return locks.is_locked(Home.inside(data_dir).server_lock)


def server_pid(data_dir: Path) -> int:
    return int((Home.inside(data_dir).cluster / "postmaster.pid").read_text().split()[0])


def supervisor_pid(data_dir: Path) -> int:
    return int(Home.inside(data_dir).supervisor_lock.read_text())


def write_visit(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS visit (id serial)")
        connection.execute("INSERT INTO visit DEFAULT VALUES")


def count_visits(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM visit").fetchone()
    assert row is not None
    return int(row[0])


def test_the_first_start_makes_the_database_and_the_next_one_finds_it(data_dir: Path) -> None:
    write_visit(start(data_dir))
    release(data_dir)
    assert not is_serving(data_dir)
    assert count_visits(start(data_dir)) == 1


def test_a_running_server_is_found_at_once(data_dir: Path) -> None:
    start(data_dir)
    server = server_pid(data_dir)
    begun = time.monotonic()
    with client_process(data_dir):
        start(data_dir)
    assert time.monotonic() - begun < 2
    assert server_pid(data_dir) == server


def test_the_database_speaks_utf_8_and_utc_and_listens_on_no_network_address(data_dir: Path) -> None:
    with psycopg.connect(start(data_dir)) as connection:
        query = """
            SELECT upper('größe é'), current_setting('server_encoding'), current_setting('TimeZone'),
                   current_setting('listen_addresses')
        """
        assert connection.execute(query).fetchone() == ("GRÖßE É", "UTF8", "UTC", "")


def test_the_extensions_that_we_use_are_there(data_dir: Path) -> None:
    with psycopg.connect(start(data_dir)) as connection:
        for extension in ("btree_gin", "btree_gist", "pg_trgm", "unaccent"):
            connection.execute(f"CREATE EXTENSION {extension}")


def test_a_data_folder_with_a_long_path_gets_a_short_socket(data_dir: Path) -> None:
    far_away = data_dir / ("deep" * 10) / ("deeper" * 10)
    write_visit(start(far_away))
    socket = Home.inside(far_away).socket
    assert len(str(socket)) < 100
    release(far_away)
    assert not socket.exists()
    assert count_visits(start(far_away)) == 1
    release(far_away)


def test_a_killed_server_is_started_again_with_every_row(data_dir: Path) -> None:
    url = start(data_dir)
    write_visit(url)
    os.kill(server_pid(data_dir), signal.SIGKILL)
    assert count_visits(start(data_dir)) == 1


def test_after_everything_was_killed_the_next_start_recovers(data_dir: Path) -> None:
    with client_process(data_dir) as client:
        write_visit(start(data_dir))
        for pid in (supervisor_pid(data_dir), server_pid(data_dir), client.pid):
            os.kill(pid, signal.SIGKILL)
    assert count_visits(start(data_dir)) == 1


def test_a_server_whose_supervisor_was_killed_does_not_go_on_alone(data_dir: Path) -> None:
    start(data_dir)
    os.kill(supervisor_pid(data_dir), signal.SIGKILL)
    assert eventually(lambda: not is_serving(data_dir))


def test_where_it_does_go_on_alone_the_next_start_replaces_it(
    data_dir: Path, without_program: Callable[[str], None]
) -> None:
    without_program("setpriv")  # as on macOS: nobody tells a process that its parent died
    write_visit(start(data_dir))
    orphan = server_pid(data_dir)
    os.kill(supervisor_pid(data_dir), signal.SIGKILL)
    assert count_visits(start(data_dir)) == 1
    assert server_pid(data_dir) != orphan


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become someone else")
def test_where_root_may_make_no_user_namespace_another_user_runs_it(
    data_dir: Path, without_program: Callable[[str], None]
) -> None:
    write_visit(start(data_dir))
    release(data_dir)
    without_program("unshare")  # as in most containers
    assert count_visits(start(data_dir)) == 1
    assert Home.inside(data_dir).cluster.stat().st_uid != 0


def test_those_who_start_at_the_same_moment_share_one_server(data_dir: Path) -> None:
    def report(_: int) -> int:
        with client_process(data_dir):
            return server_pid(data_dir)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(report, range(4)))) == 1


def test_the_server_ends_with_its_last_client_even_by_kill_9(data_dir: Path) -> None:
    with client_process(data_dir) as first:
        with client_process(data_dir) as second:
            second.kill()
            second.wait()
            assert is_serving(data_dir)
        first.kill()
        first.wait()
        assert eventually(lambda: not is_serving(data_dir))


def test_releasing_a_server_leaves_it_to_its_other_clients(data_dir: Path) -> None:
    start(data_dir)
    with client_process(data_dir):
        release(data_dir)
        assert is_serving(data_dir)


def test_stopping_stops_it_whoever_uses_it(data_dir: Path) -> None:
    with client_process(data_dir):
        stop(data_dir)
        assert not is_serving(data_dir)


def test_a_dead_servers_process_id_given_to_someone_else_does_no_harm(data_dir: Path) -> None:
    start(data_dir)
    release(data_dir)
    cluster = Home.inside(data_dir).cluster
    (cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster}\n")
    start(data_dir)


def test_without_any_postgresql_the_error_says_what_to_do(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_folders", lambda: iter([Path("/nowhere")]))
    with pytest.raises(PostgresUnavailable, match="Install PostgreSQL 15 or newer, or set DATABASE_URL"):
        start(data_dir)


def test_a_cluster_of_a_version_that_is_not_here_is_named(data_dir: Path) -> None:
    cluster = Home.inside(data_dir).cluster
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("14\n")
    with pytest.raises(PostgresUnavailable, match="made by PostgreSQL 14"):
        start(data_dir)


def test_a_damaged_cluster_is_reported_with_what_postgresql_said(data_dir: Path) -> None:
    start(data_dir)
    release(data_dir)
    (Home.inside(data_dir).cluster / "global" / "pg_control").unlink()
    with pytest.raises(PostgresUnavailable, match="could not find the database system"):
        start(data_dir)


def test_a_data_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PostgresUnavailable, match="Set DATA_DIR"):
        start(tmp_path / "file" / "data")
