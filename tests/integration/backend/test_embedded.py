"""The embedded servers: started once, shared, kept, and gone when nobody needs them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from backend import embedded
from backend.embedded.processes import runs
from tests.repository.conftest import ROOT


#: A path longer than a Unix socket's address may be (107 bytes).
DEEP = "a-folder-with-a-long-name/" * 6

JOIN = """
import sys
from pathlib import Path
from backend import embedded
running = embedded.join(embedded.Home(Path(sys.argv[1])))
print(running.postgres_pid, running.redis_pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def home() -> Iterator[embedded.Home]:
    with tempfile.TemporaryDirectory(prefix="rootwatch-embedded-") as folder:
        yield embedded.Home(Path(folder) / DEEP)


def user_process(home: embedded.Home) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", JOIN, str(home.path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.slow
def test_two_processes_share_servers_and_the_last_one_stops_them(
    home: embedded.Home,
) -> None:
    users = [user_process(home), user_process(home)]
    pids = [user.stdout.readline().split() for user in users if user.stdout]
    assert pids[0] == pids[1]
    leave(users[0])
    running = home.read()
    assert running
    with psycopg.connect(running.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
    with redis.Redis.from_url(running.redis_url) as client:
        assert client.ping()
    leave(users[1])
    assert home.read() is None
    assert not any(psutil.pid_exists(int(pid)) for pid in pids[0])


@pytest.mark.slow
def test_when_redis_has_died_postgresql_is_stopped_all_the_same(
    home: embedded.Home,
) -> None:
    user = user_process(home)
    assert user.stdout
    pids = [int(pid) for pid in user.stdout.readline().split()]
    psutil.Process(pids[1]).kill()
    leave(user)
    assert not runs(pids[0], "postgres")


@pytest.mark.slow
def test_data_and_address_survive_a_killed_user(home: embedded.Home) -> None:
    killed = user_process(home)
    assert killed.stdout
    before = killed.stdout.readline().split()
    killed.kill()
    killed.communicate()
    after = user_process(home)
    assert after.stdout
    assert after.stdout.readline().split() == before  # still there, and joined
    running = home.read()
    assert running
    assert running.redis_url == embedded.redis_url(home)
    with psycopg.connect(running.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
    leave(after)
    assert not any(psutil.pid_exists(int(pid)) for pid in before)


@pytest.mark.slow
def test_after_kill_9_postgresql_comes_back_with_its_data_where_it_was(
    home: embedded.Home,
) -> None:
    """A busy child outlives its server and must not stop the next one."""
    user = user_process(home)
    assert user.stdout
    postgres = int(user.stdout.readline().split()[0])
    before = home.read()
    assert before
    with psycopg.connect(before.database_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept_9 (n int)")
    busy = psycopg.connect(before.database_url, autocommit=True)
    sleeper = threading.Thread(target=lambda: ends(busy, "SELECT busy_for_long()"))
    busy.execute(BUSY)
    sleeper.start()
    while not running_in(before.database_url, "busy_for_long()"):
        pass
    psutil.Process(postgres).kill()
    again = user_process(home)
    assert again.stdout
    assert int(again.stdout.readline().split()[0]) != postgres
    after = home.read()
    assert after
    assert after.database_url == before.database_url
    assert len(after.users) == 2  # the first user still lives, and counts
    with psycopg.connect(after.database_url) as connection:
        connection.execute("SELECT * FROM kept_9")
    sleeper.join()
    leave(user)
    assert home.read()
    leave(again)
    assert home.read() is None


#: Looks at nothing but its own counter, so it notices nothing of its server's end.
BUSY = """
CREATE FUNCTION busy_for_long() RETURNS int LANGUAGE plpgsql AS $$
DECLARE n int := 0;
BEGIN WHILE n < 2000000000 LOOP n := n + 1; END LOOP; RETURN n; END $$
"""


def ends(connection: psycopg.Connection, question: str) -> None:
    with contextlib.suppress(psycopg.Error):
        connection.execute(question)


def running_in(url: str, words: str) -> bool:
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_stat_activity WHERE query = %s AND state = 'active'",
            [f"SELECT {words}"],
        )
        return found.fetchone() is not None


def test_passwords_are_readable_by_the_owner_only(home: embedded.Home) -> None:
    embedded.secret_key(home)
    embedded.redis_url(home)
    for name in ("secret_key", "redis.url"):
        assert (home.path / name).stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(embedded.ServersUnavailable) as told:
        embedded.join(embedded.Home(tmp_path / "file" / "run"))
    assert "cannot use" in str(told.value)
    assert "\n" not in str(told.value)


def command(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=kept | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_bad_settings_end_the_start_without_a_traceback() -> None:
    done = command("check", DEBUG="perhaps", DATABASE_URL="mysql://u:s3cr3t@h/d")
    assert done.returncode == 1
    assert "DEBUG is not yes or no" in done.stderr
    assert "Traceback" not in done.stderr
    assert "s3cr3t" not in done.stderr


def test_a_taken_port_is_told_in_one_sentence(live_server) -> None:
    port = live_server.url.rpartition(":")[2]
    done = command("demo", DEMO="yes", PORT=port)
    assert done.returncode == 1
    assert f"Port {port} is in use" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_production_settings_pass_the_deployment_check() -> None:
    done = command(
        "check",
        "--deploy",
        "--fail-level=WARNING",
        SECRET_KEY="0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRST",
        ALLOWED_HOSTS="rootwatch.example",
        DATABASE_URL="postgresql://nobody@127.0.0.1/none",
        REDIS_URL="redis://127.0.0.1/0",
        EMAIL_URL="smtp+tls://mail.example",
    )
    assert done.returncode == 0, done.stderr


def test_a_server_without_mail_never_counts_a_mail_as_sent() -> None:
    done = command(
        "sendtestemail",
        "nobody@example.org",
        SECRET_KEY="0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRST",
        ALLOWED_HOSTS="rootwatch.example",
        DATABASE_URL="postgresql://nobody@127.0.0.1/none",
        REDIS_URL="redis://127.0.0.1/0",
    )
    assert done.returncode != 0
    assert "nobody@example.org" not in done.stdout
