"""The real settings, on throwaway servers that start here and end with the tests."""

from __future__ import annotations

from tests import servers


servers.start()

from backend.settings import *  # noqa: E402, F403


#: Made to be slow against thieves; tests make hundreds of accounts.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

#: A test about limits sets its own.
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(  # type: ignore[call-overload]  # noqa: F405
    REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"],  # noqa: F405
    "1000000/min",
)

#: Fewer than the threads of any server that the tests start.
LIVE_STREAMS = 2
