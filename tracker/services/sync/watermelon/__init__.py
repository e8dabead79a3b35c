"""The dialect of WatermelonDB: its documented client, unmodified, over the same core.

It has no rules of its own. `place` reads and gives out its one number, `pull` and
`push` translate; `tracker.domain.watermelon` knows the columns.
"""

from __future__ import annotations

from tracker.services.sync.watermelon.place import Sender
from tracker.services.sync.watermelon.pull import pull
from tracker.services.sync.watermelon.push import push


__all__ = ["Sender", "pull", "push"]
