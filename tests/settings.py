"""The real settings, on throwaway servers that start here and end with the tests."""

from __future__ import annotations

from tests import servers


servers.start()

from backend.settings import *  # noqa: E402, F403, TID251
