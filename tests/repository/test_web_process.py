"""The web process stays small: it never loads the libraries of the workers."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.repository.conftest import ROOT


LOOK = """
import sys
import backend.wsgi
import dashboard.charts.definition
from django.urls import get_resolver
get_resolver().url_patterns
analysis = {"pandas", "scipy", "pyarrow", "numba"}
senders = {"httpx", "aiohttp", "pywebpush", "google.auth"}
paper = {"altair", "vl_convert", "typst", "xlsxwriter"}
print(sorted((analysis | senders | paper) & set(sys.modules)))
"""


def test_the_web_process_neither_analyses_nor_sends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=ROOT,
        env=dict(os.environ) | {"DJANGO_SETTINGS_MODULE": "backend.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
