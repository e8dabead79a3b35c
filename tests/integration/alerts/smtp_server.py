"""A mail server of thirty lines that speaks real SMTP and can misbehave."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message


@dataclass
class Mailbox:
    """What came in, and what to answer: verb -> answers to give before "250 OK"."""

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    #: Take the mail, then hang up without saying so.
    accept_and_hang_up: int = 0
    #: How long the server thinks about a mail. Unit: seconds.
    delay: float = 0.0

    def answer(self, verb: str) -> str:
        waiting = self.answers.get(verb) or []
        return waiting.pop(0) if waiting else "250 OK"


class Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box: Mailbox = self.server.box  # type: ignore[attr-defined]
        self.say("220 tests")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == "QUIT":
                self.say("221 bye")
                return
            if verb != "DATA":
                self.say(box.answer(verb))
                continue
            self.say("354 go on")
            lines = iter(self.rfile.readline, b".\r\n")
            mail = message_from_bytes(b"".join(lines))
            time.sleep(box.delay)
            answer = box.answer("DATA")
            if answer.startswith("250"):
                box.mails.append(mail)
            if box.accept_and_hang_up:
                box.accept_and_hang_up -= 1
                return
            self.say(answer)

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *args: object) -> None:
        """Clients are killed here: nothing to print."""


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.box = Mailbox(port=server.server_address[1])  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.box  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
