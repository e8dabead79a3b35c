#!/usr/bin/env python
"""Run a management command of the server."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from backend.env import BadSettings


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    try:
        execute_from_command_line(sys.argv)
    except BadSettings as problems:
        sys.exit(str(problems))


if __name__ == "__main__":
    main()
