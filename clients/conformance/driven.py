"""A phone app as the kit drives it: one process, a JSON line for each command.

The app reads commands from its standard input and answers each with one line. What it
keeps lies in the folder that it is given, and nowhere else. docs/conformance.md has
the list of commands.
"""

from __future__ import annotations

import json
import queue
import shlex
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from clients.conformance.promises import Broken
from clients.conformance.proxy import Proxy, proxy_to
from clients.conformance.server import Record, Server


#: Seconds after which an app that does not answer counts as hung.
PATIENCE: Final = 120


class App:
    """One installation of the app under test."""

    def __init__(self, command: str, url: str, token: str, folder: Path) -> None:
        self._command, self._folder = shlex.split(command), folder
        self._url, self._token = url, token
        self.start()

    def start(self) -> None:
        """Start the app on what its folder holds."""
        self._process = subprocess.Popen(  # noqa: S603 - the tester's own command
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        self.ask("open", url=self._url, token=self._token, folder=str(self._folder))

    def kill(self) -> None:
        """End the app without a word, as a phone does that runs out of power."""
        self._process.kill()
        self._process.wait()
        self._listener.join()
        with suppress(BrokenPipeError):
            _pipe(self._process.stdin).close()

    def restart(self) -> None:
        """Kill the app and start it again."""
        self.kill()
        self.start()

    def ask(self, do: str, **arguments: Any) -> Any:
        """Give a command and return the answer."""
        self.tell(do, **arguments)
        return self.answer(do)

    def tell(self, do: str, **arguments: Any) -> None:
        """Give a command without waiting for the answer."""
        commands = _pipe(self._process.stdin)
        try:
            commands.write(json.dumps({"do": do, **arguments}) + "\n")
            commands.flush()
        except BrokenPipeError:
            raise Broken(f"the app ended before `{do}`") from None

    def answer(self, do: str) -> Any:
        """Return the next answer."""
        try:
            line = self._lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise Broken(f"the app did not answer `{do}`") from None
        if line is None:
            raise Broken(f"the app ended instead of answering `{do}`")
        return json.loads(line)

    def save(self, collection: str, **record: Any) -> str:
        """Save an entry and return its id."""
        return str(self.ask("save", collection=collection, record=record)["id"])

    def sync(self) -> Record:
        """Sync once; `ok` says whether it came through."""
        outcome: Record = self.ask("sync")
        return outcome

    def entry(self, collection: str, record_id: str) -> Record:
        """Return an entry as the app shows it."""
        entries: list[Record] = self.ask("entries", collection=collection)["entries"]
        found = [entry for entry in entries if entry["id"] == record_id]
        if len(found) != 1:
            raise Broken(f"the app shows entry {record_id} {len(found)} times")
        return found[0]

    def _listen(self) -> None:
        with _pipe(self._process.stdout) as answers:
            for line in answers:
                self._lines.put(line)
        self._lines.put(None)


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise ValueError("the app runs without pipes")
    return pipe


@dataclass
class Scene:
    """An app behind a proxy, and the server it speaks to."""

    server: Server
    command: str
    proxy: Proxy
    folder: Path
    app: App

    @contextmanager
    def another(self) -> Iterator[App]:
        """Run a second installation for the same patient, without the proxy."""
        with tempfile.TemporaryDirectory() as folder:
            app = App(self.command, self.server.url, self.server.token, Path(folder))
            try:
                yield app
            finally:
                app.kill()


@contextmanager
def scene(server: Server, command: str) -> Iterator[Scene]:
    """Install the app, run it, and remove it."""
    with tempfile.TemporaryDirectory() as name, proxy_to(server.url) as proxy:
        app = App(command, proxy.url, server.token, Path(name))
        try:
            yield Scene(server, command, proxy, Path(name), app)
        finally:
            app.kill()
