"""What a rule is: its urgency, its words, its sources and its tunable numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tracker.domain.red_flag_texts import Wording


#: Judged inside the push, by `tracker.domain`; replayed by the analysis.
PUSH: Final = "push"
#: Judged by the analysis, against the patient's own baseline.
ANALYSIS: Final = "analysis"

#: Days that a clinic may let pass before an episode speaks anew.
#: Unit: days, lowest and highest.
#: Source: our choice [A]; no rule of the catalogue has more than 28.
#: Caveat: a longer one would hide a second worsening behind the first.
REFRACTORY_LIMITS: Final = (1, 28)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: its urgency, its words, its sources and its tunable numbers.

    `title` and `text` are what the patient reads, `clinician_text` what staff read.
    Days on which the rule holds less than `refractory_days` apart are one episode;
    `speaks_again` says in words when it speaks within one. `labels` say in words what
    each number is. `limits` are the lowest
    and highest value that a back-test may try for a number, both included; a clinic
    may choose within `clinic_limits`. `caveat` is what is known of its false alarms,
    and by which measurement. `tells_red_flags`: its open flag makes a red flag an
    emergency (R18), so a clinic cannot switch it off and can only make it more
    sensitive: give it lower numbers. `watch` is what its form for the visit list
    says, where it has one: nobody is called for that.
    """

    id: str
    version: str
    tier: str
    category: str
    title: str
    text: str
    clinician_text: str
    sources: tuple[str, ...]
    refractory_days: int
    examine_within_hours: int | None
    parameters: Mapping[str, float] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    speaks_again: str = "when it gets worse"
    caveat: str = ""
    judged: str = ANALYSIS
    tells_red_flags: bool = False
    enabled: bool = True
    watch: Wording | None = None

    @property
    def is_tunable(self) -> bool:
        """Whether a clinic may change anything.

        Never of an emergency rule, and of none of those that the push judges.
        """
        return self.tier != "emergency" and self.judged == ANALYSIS

    @property
    def kill_switch(self) -> bool:
        """Whether a clinic may switch the rule off."""
        return self.is_tunable and not self.tells_red_flags

    @property
    def refractory_limits(self) -> tuple[int, int]:
        """The fewest and most days that a clinic may let an episode span."""
        low, high = REFRACTORY_LIMITS
        return (low, self.refractory_days if self.tells_red_flags else high)

    def clinic_limits(self, name: str) -> tuple[float, float]:
        """Return the lowest and highest value that a clinic may choose for a number."""
        low, high = self.limits[name]
        return (low, self.parameters[name] if self.tells_red_flags else high)

    def value(self, name: str) -> float:
        """Return one of the rule's numbers."""
        return self.parameters[name]


RuleSet = Mapping[str, Rule]
