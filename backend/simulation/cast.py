"""Who plays in the demo: invented people, each with the course their nerve takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from analytics.domain.cohort import Scenario


CLINIC: Final = "Demo Spine Clinic"
OTHER_CLINIC: Final = "Other Spine Clinic"
ZONE: Final = "Europe/London"
ADMINISTRATOR: Final = ("admin@demo.example", "Ada Admin")
NURSE: Final = ("nurse@demo.example", "Nora Nurse")
SURGEON: Final = ("surgeon@demo.example", "Sam Surgeon")
OTHER_NURSE: Final = ("nurse@other.example", "Olga Other")
PATIENT_EMAIL: Final = "patient@demo.example"
#: How long ago the clinic opened and enrolled everybody, before the first entry.
ENROLLED_DAYS_AGO: Final = 151


@dataclass(frozen=True, kw_only=True)
class Person:
    """One simulated patient.

    `found_days_ago` is for a worsening that creeps: how long ago the analysis finds
    it. `answered` says that the nurse has taken that alert but not yet closed it.
    """

    name: str
    scenario: Scenario
    found_days_ago: int = 0
    answered: bool = False
    treatment: tuple[str, int] | None = None
    email: str = ""
    birth_year: int = 1975
    sex: str = "female"


def _quiet(scenario: Scenario, *names: str) -> list[Person]:
    return [
        Person(
            name=name,
            scenario=scenario,
            birth_year=1950 + 7 * place % 45,
            sex="male" if place % 2 else "female",
        )
        for place, name in enumerate(names)
    ]


_WORSENING: Final = [
    Person(name="Ivy Castellan", scenario="cauda_equina", birth_year=1984),
    Person(name="Tom Okafor", scenario="foot_drop", birth_year=1969, sex="male"),
    Person(
        name="Ruth Lindqvist",
        scenario="pain_relief_with_weakness",
        birth_year=1958,
        treatment=("epidural_steroid_injection", 21),
    ),
    Person(
        name="Marek Dvorak",
        scenario="creeping_weakness",
        birth_year=1972,
        sex="male",
        treatment=("physiotherapy", 60),
    ),
    Person(
        name="Leila Haddad",
        scenario="creeping_weakness",
        found_days_ago=1,
        birth_year=1966,
    ),
    Person(
        name="George Petrou",
        scenario="creeping_weakness",
        found_days_ago=4,
        answered=True,
        birth_year=1949,
        sex="male",
    ),
    Person(name="Hana Sato", scenario="creeping_numbness", birth_year=1990),
    Person(
        name="Paul Mbeki",
        scenario="creeping_numbness",
        found_days_ago=2,
        birth_year=1978,
        sex="male",
    ),
    Person(
        name="Carmen Ruiz",
        scenario="creeping_numbness",
        found_days_ago=6,
        answered=True,
        birth_year=1963,
    ),
    Person(name="Walter Brandt", scenario="silent", birth_year=1955, sex="male"),
]

_RECOVERING: Final = [
    Person(
        name="Alex Morgan",
        scenario="improving",
        email=PATIENT_EMAIL,
        birth_year=1987,
        treatment=("physiotherapy", 100),
    ),
    Person(
        name="Beth Nolan",
        scenario="improving",
        birth_year=1971,
        treatment=("discectomy", 110),
    ),
]

PATIENTS: Final[list[Person]] = [
    *_WORSENING,
    *_RECOVERING,
    *_quiet(
        "improving",
        "Dan Fisher",
        "Eva Kowalski",
        "Femi Adeyemi",
        "Grace Lee",
        "Hugo Martin",
    ),
    *_quiet(
        "flaring",
        "Iris Novak",
        "Jack Byrne",
        "Kira Bauer",
        "Liam Walsh",
        "Mona Farah",
        "Nils Berg",
    ),
    *_quiet("rising_pain", "Olive Grant", "Pedro Alves"),
    *_quiet(
        "stable",
        "Quinn Harper",
        "Rosa Conti",
        "Stefan Popa",
        "Tara Singh",
        "Umar Aziz",
        "Vera Horvat",
        "Will Carter",
        "Xenia Pappas",
        "Yusuf Demir",
        "Zoe Clarke",
        "Anton Huber",
        "Bella Rossi",
        "Carl Jensen",
        "Dora Nagy",
        "Emil Olsen",
    ),
]
