"""Where the time of a push goes, stage by stage, in one process without a network."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np

from bench.bodies import pain_batch
from bench.load import OurPhone
from bench.servers import ROOT, Bench, Server


#: Where each stage is called: (module, name there) -> stage. Their times do not overlap.
STAGES = {
    ("backend.accounts", "phone_of"): "account",
    ("backend.phones", "_admits"): "rate limit",
    ("tracker.api.views.sync", "open_envelope"): "decode",
    ("tracker.services.sync.incoming", "records_in"): "decode",
    ("tracker.services.sync.incoming", "read_records"): "judge",
    ("tracker.services.sync.guidance", "red_flags_in"): "judge",
    ("tracker.services.sync.exchange", "glance"): "lookup",
    ("tracker.services.sync.exchange", "finish"): "write and commit",
    ("tracker.services.live", "announce"): "live hint",
    ("tracker.services.sync.exchange", "_reply"): "reply",
}
ORDER = (*dict.fromkeys(STAGES.values()), "rest")
_CURSOR = re.compile(rb'"cursor":"([\w-]+)"')

Times = dict[str, float]


def profile(bench: Bench, *, pushes: int, size: int) -> Times:
    """Return the milliseconds of each stage of a push of so many records; a mean.

    In a process of its own, so that nothing is timed in what the other figures use.
    """
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.stages", str(pushes), str(size)],
        cwd=ROOT,
        env=dict(bench.ours.environment),
        input=json.dumps(bench.ours.patients[0]),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return dict(json.loads(answer.stdout))


def _main(pushes: int, size: int) -> None:
    patient = tuple(json.loads(sys.stdin.read()))
    from backend.wsgi import application

    spent: defaultdict[str, float] = defaultdict(float)
    phone = OurPhone(Server("inside", 0, [patient], {}, []), 0)
    rng = np.random.default_rng(os.getpid())
    cursor = b"null"
    for number in range(2 * pushes):
        if number == pushes:  # the first half loads modules and plans statements
            _time_stages(spent)
        body = b'{"cursor":' + cursor + b"," + phone.prepare(pain_batch(size, rng))
        begun = time.perf_counter()
        cursor = _call(application, phone.headers(), body)
        if number >= pushes:
            spent["all"] += time.perf_counter() - begun
    whole = spent.pop("all")
    spent["rest"] = whole - sum(spent.values())
    print(json.dumps({name: spent[name] * 1000 / pushes for name in ORDER}))


def _time_stages(spent: defaultdict[str, float]) -> None:
    for (module_name, name), stage in STAGES.items():
        module = import_module(module_name)
        setattr(module, name, _timed(getattr(module, name), stage, spent))


def _timed(
    work: Callable[..., Any], stage: str, spent: defaultdict[str, float]
) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return work(*args, **kwargs)
        finally:
            spent[stage] += time.perf_counter() - started

    return timed


def _call(application: Any, headers: Mapping[str, str], body: bytes) -> bytes:
    """Push as a WSGI server does; return the cursor of the reply, in quotes."""
    statuses: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/api/v1/sync",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": headers["Content-Type"],
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_SESSION_TOKEN": headers["X-Session-Token"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
    }
    response = application(environ, lambda status, *_: statuses.append(status))
    answer = b"".join(response)
    response.close()
    match = _CURSOR.search(answer)
    if not statuses[0].startswith("200") or match is None:
        raise SystemExit(f"The push was answered with {statuses[0]}.")
    return b'"' + match[1] + b'"'


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
