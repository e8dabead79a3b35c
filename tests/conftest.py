"""What every test stands on: no network beyond this machine, no patient data in logs."""

from __future__ import annotations

import pytest
import pytest_socket


def pytest_runtest_setup() -> None:
    pytest_socket.socket_allow_hosts(
        ["localhost", "127.0.0.1", "::1"], allow_unix_socket=True
    )
