"""Ends what a test run leaves behind when it is killed: servers, workers, folder.

It runs beside the tests and reads a pipe that only their first process holds. The
pipe ends with that process, however it ends, on every system.
"""

from __future__ import annotations

import atexit
import contextlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import psutil

from backend import embedded


#: Set for every process that a run starts; its value is the run's folder.
MARK: Final = "ROOTWATCH_TEST_SERVERS"
ROOT: Final = Path(__file__).resolve().parent.parent


def watch_over(folder: Path) -> None:
    """Start the watcher of this process.

    What is registered to run at exit later than this runs before the watcher wakes.
    """
    watcher = subprocess.Popen(
        [sys.executable, "-m", "tests.watcher", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a Ctrl-C is for the tests
    )
    atexit.register(watcher.communicate)


def end_run(folder: Path) -> None:
    """End all processes of a run, its servers last, and remove its folder."""
    family = [process for process in psutil.process_iter() if _is_of(process, folder)]
    for process in family:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(family, timeout=30)
    embedded.erase(embedded.Home(folder))
    shutil.rmtree(folder, ignore_errors=True)


def _is_of(process: psutil.Process, folder: Path) -> bool:
    with contextlib.suppress(psutil.Error, OSError):
        return process.environ().get(MARK) == str(folder)
    return False


if __name__ == "__main__":
    run = Path(sys.argv[1])
    sys.stdin.buffer.read()
    if run.exists():
        end_run(run)
