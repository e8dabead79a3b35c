"""A test run that is killed leaves no server behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.repository.conftest import ROOT
from tests.watcher import MARK


RUN = """
import os, subprocess, sys
from pathlib import Path
from backend import embedded
from tests import servers
servers.start()
folder = os.environ["ROOTWATCH_TEST_SERVERS"]
running = embedded.Home(Path(folder)).read()
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(folder, running.postgres_pid, running.redis_pid, worker.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_after_kill_9_nothing_of_a_run_is_left() -> None:
    names = {MARK, "DATABASE_URL", "REDIS_URL"}
    with subprocess.Popen(
        [sys.executable, "-c", RUN],
        cwd=ROOT,
        env={name: text for name, text in os.environ.items() if name not in names},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout
        folder, *pids = run.stdout.readline().split()
        left = [psutil.Process(int(pid)) for pid in pids]
        watcher = next(
            each
            for each in psutil.Process(run.pid).children()
            if "tests.watcher" in each.cmdline()
        )
        run.kill()
    watcher.wait(timeout=120)
    assert psutil.wait_procs(left, timeout=30)[1] == []
    assert not Path(folder).exists()
