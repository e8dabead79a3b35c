"""A gateway and webhook receiver that fails in every way that one can."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field

from tests.integration.alerts.providers import HANG, LOST, RESET, Asked, Provider


Answer = tuple[int, dict[str, str], bytes]

FAULTS: dict[str, Answer] = {
    "500": (500, {}, b""),
    "429": (429, {"Retry-After": "90"}, b""),
    "reset": (RESET, {}, b""),
    "accepted, but lost": (LOST, {}, b""),
    "hangs": (HANG, {}, b""),
}


@dataclass
class FaultyProvider(Provider):
    """Takes a message, or not, and says so, or not; counts what it did."""

    plan: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    taken: set[str] = field(default_factory=set)

    def will_fail(self, times: dict[str, int], chance: random.Random) -> None:
        """Plan so many faults of each kind, with good answers between them."""
        faults = [kind for kind, count in times.items() for _ in range(count)]
        self.plan = faults + ["fine"] * len(faults)
        chance.shuffle(self.plan)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        kind = self.plan.pop(0) if self.plan else "fine"
        self.done[kind] += 1
        if kind in ("fine", "accepted, but lost"):
            self.taken.add(message_id(asked))
        return FAULTS.get(kind, (200, {}, b"{}"))


def message_id(asked: Asked) -> str:
    """Return the id by which a receiver tells a repeat."""
    hook = asked.headers.get("webhook-id", "")
    return hook.removeprefix("msg_") or str(json.loads(asked.body)["id"]).replace(
        "-", ""
    )
