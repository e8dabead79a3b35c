"""`make conformance`: check a server, or a phone app, against the protocol."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from clients.conformance.driven import Scene, scene
from clients.conformance.of_phones import PHONE
from clients.conformance.of_servers import SERVER
from clients.conformance.promises import Promise, Verdict, judge
from clients.conformance.server import Server


MARKS = {"kept": "  kept  ", "broken": " BROKEN ", "not judged": "   --   "}
DESCRIPTION = """\
Check a server against the promises of docs/sync-protocol.md, or, with --client, a
phone app that is driven by JSON lines (docs/conformance.md)."""
EPILOG = """\
The check writes entries into the diary of the account, one of them a danger that
alerts the clinic. Use accounts of a test clinic, never a real patient's. The token is
that of X-Session-Token; `manage.py issue_token EMAIL` prints one."""


def main() -> int:
    """Judge every promise, print the verdicts, and return the exit status."""
    options = _options()
    server = Server(options.url.rstrip("/"), options.token, options.other_token)
    counts = dict.fromkeys(MARKS, 0)
    for verdict in _verdicts(server, options.client):
        counts[verdict.outcome] += 1
        _say(f"[{MARKS[verdict.outcome]}] {verdict.promise.sentence}")
        if verdict.reason:
            _say(f"{'':11}{verdict.promise.name}: {verdict.reason}")
    _say(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    return 1 if counts["broken"] else 0


def _verdicts(server: Server, client: str) -> Iterator[Verdict]:
    if not client:
        for promise in SERVER:
            yield judge(promise, server)
        return
    for asked in PHONE:
        yield _of_client(asked, server, client)


def _of_client(promise: Promise[Scene], server: Server, client: str) -> Verdict:
    try:
        with scene(server, client) as stage:
            return judge(promise, stage)
    except Exception as error:  # noqa: BLE001 - an app that does not start breaks it
        return Verdict(promise, "broken", f"{type(error).__name__}: {error}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make conformance",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--url", required=True, help="the server's address")
    parser.add_argument("--client", default="", help="command that runs the app")
    parser.add_argument(
        "--token", default=os.environ.get("TOKEN", ""), help="session token (or $TOKEN)"
    )
    parser.add_argument(
        "--other-token",
        default=os.environ.get("OTHER_TOKEN", ""),
        help="token of a second patient (or $OTHER_TOKEN)",
    )
    options = parser.parse_args()
    if not options.token:
        parser.error("a session token is needed: `manage.py issue_token EMAIL`")
    return options


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is what the command is for


if __name__ == "__main__":
    sys.exit(main())
