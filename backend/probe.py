"""`python -m backend.probe`: a container asks its own server whether it is ready."""

from __future__ import annotations

import os
import sys
import urllib.request


def main() -> int:
    """Return 0 when the server of this container is ready for requests."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip()
    request = urllib.request.Request(
        "http://127.0.0.1:8000/health/ready",
        # Without these the server refuses the name, or redirects to HTTPS.
        headers={"Host": host.lstrip("."), "X-Forwarded-Proto": "https"},
    )
    try:
        with urllib.request.urlopen(request, timeout=4):  # noqa: S310
            return 0
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
