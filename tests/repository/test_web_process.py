"""The web process stays small: it never loads the libraries of the analysis."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.repository.conftest import ROOT


LOOK = """
import sys
import backend.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
print(sorted({"pandas", "scipy", "pyarrow", "numba"} & set(sys.modules)))
"""


def test_the_web_process_never_loads_pandas() -> None:
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
