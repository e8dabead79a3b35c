"""What administrators type about who is told: shifts, covers, holidays, policies."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.domain.policy import (
    LATEST_PERCENT,
    MOST_REPEATS,
    PERSON,
    TARGET_LIMITS,
    Policy,
    Step,
)
from dashboard.domain import words
from dashboard.selectors.on_call import WHOM
from dashboard.selectors.rota import Rota


#: Rows for steps on the page; a policy of the API may have more.
STEP_ROWS: Final = 6
WEEKDAYS: Final = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)
TIME_ZONES: Final = sorted(available_timezones())
_LOCAL: Final = "%Y-%m-%dT%H:%M"


def _date() -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))


def _time(label: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, widget=widget)


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL)
    return forms.DateTimeField(label=label, widget=widget, input_formats=[_LOCAL])


def _one_of(label: Any, choices: Any, **more: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=choices, coerce=int, **more)


def _minutes(tier: str, label: Any) -> forms.IntegerField:
    low, high = TARGET_LIMITS[tier]
    return forms.IntegerField(label=label, min_value=low, max_value=high)


class QuietHoursForm(forms.Form):
    """When somebody would rather not be disturbed, every day."""

    starts = _time(_("From"))
    ends = _time(_("To"))
    timezone = forms.ChoiceField(
        label=_("Time zone"), choices=[(zone, zone) for zone in TIME_ZONES]
    )


class OfAClinic(forms.Form):
    """A form whose choices are the teams and people of one clinic."""

    prefix_of_ids = "id"

    def __init__(self, rota: Rota, data: Any = None) -> None:
        super().__init__(data, auto_id=f"{self.prefix_of_ids}-%s")
        choices = {
            "care_team": [(team.pk, team.name) for team in rota.teams],
            "clinician": rota.clinicians,
            "absent": rota.people,
            "by": rota.clinicians,
        }
        for name, known in choices.items():
            if name in self.fields:
                field = self.fields[name]
                assert isinstance(field, forms.TypedChoiceField)  # noqa: S101
                field.choices = known


class ShiftForm(OfAClinic):
    """Who is on duty when."""

    prefix_of_ids = "shift"
    care_team = _one_of(_("Care team"), ())
    clinician = _one_of(_("Who"), ())
    line = _one_of(_("Line"), ((1, _("told first")), (2, _("told second"))))
    weekday = _one_of(
        _("On"),
        (("", _("every day, or the day below")), *WEEKDAYS),
        required=False,
        empty_value=None,
    )
    day = _date()
    starts = _time(_("From"))
    ends = _time(_("To, the next day when not later"))

    def __init__(self, rota: Rota, data: Any = None) -> None:
        super().__init__(rota, data)
        self.fields["day"].required = False
        self.fields["day"].label = _("Only on the day")

    def as_fields(self) -> dict[str, Any]:
        """Return what the service takes."""
        wish = dict(self.cleaned_data)
        del wish["care_team"]
        wish["clinician_id"] = wish.pop("clinician")
        return wish


class CoverForm(OfAClinic):
    """Who stands in for whom; times are those of the clinic's clock."""

    prefix_of_ids = "cover"
    care_team = _one_of(_("Care team"), ())
    absent = _one_of(_("Away"), ())
    by = _one_of(_("Who stands in"), ())
    starts_at = _moment(_("From, clinic time"))
    ends_at = _moment(_("To"))

    def __init__(
        self, rota: Rota, data: Any = None, *, only: int | None = None
    ) -> None:
        super().__init__(rota, data)
        if only is not None:  # a clinician speaks for nobody else
            field = self.fields["absent"]
            assert isinstance(field, forms.TypedChoiceField)  # noqa: S101
            field.choices = [each for each in rota.people if each[0] == only]

    def as_fields(self, zone: Any) -> dict[str, Any]:
        """Return what the service takes."""
        wish = self.cleaned_data
        return {
            "absent_id": wish["absent"],
            "by_id": wish["by"],
            "starts_at": wish["starts_at"].replace(tzinfo=zone),
            "ends_at": wish["ends_at"].replace(tzinfo=zone),
        }


class SwapForm(CoverForm):
    """Who swaps with whom: a time of each, in the clinic's clock."""

    prefix_of_ids = "swap"
    absent = _one_of(_("Who swaps"), ())
    by = _one_of(_("With whom"), ())
    starts_at = _moment(_("Gives away from, clinic time"))
    ends_at = _moment(_("until"))
    other_starts_at = _moment(_("Takes over from"))
    other_ends_at = _moment(_("until"))

    def __init__(self, rota: Rota, data: Any = None) -> None:
        super().__init__(rota, data)
        field = self.fields["absent"]  # both have duties
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101
        field.choices = rota.clinicians

    def as_duties(self, zone: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what the service takes: the cover of the one, and of the other."""
        given = self.as_fields(zone)
        wish = self.cleaned_data
        taken = {
            "absent_id": given["by_id"],
            "by_id": given["absent_id"],
            "starts_at": wish["other_starts_at"].replace(tzinfo=zone),
            "ends_at": wish["other_ends_at"].replace(tzinfo=zone),
        }
        return given, taken


class HolidayForm(forms.Form):
    """A day on which the clinic does not work."""

    day = forms.DateField(
        label=_("Day"),
        widget=forms.DateInput(attrs={"type": "date", "id": "holiday-day"}),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"id": "holiday-name"}),
    )


class PolicyForm(forms.Form):
    """Targets, working hours, and up to STEP_ROWS steps."""

    emergency_minutes = _minutes("emergency", _("Emergency, minutes"))
    urgent_minutes = _minutes("urgent", _("Urgent, working minutes"))
    soon_minutes = _minutes("soon", _("Soon, working minutes"))
    opens = _time(_("Working day from"))
    closes = _time(_("to"))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Working days"),
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    last_resort_percent = forms.IntegerField(
        label=_("Everybody is told at, percent of the target"),
        min_value=0,
        max_value=LATEST_PERCENT,
    )
    repeat_count = forms.IntegerField(
        label=_("Repeated so many times (an emergency for ever)"),
        min_value=0,
        max_value=MOST_REPEATS,
    )

    def __init__(
        self,
        rota: Rota,
        data: Any = None,
        *,
        gone: Mapping[int, str] = MappingProxyType({}),
        **more: Any,
    ) -> None:
        """Offer the people of the clinic; `gone` are named by a step and not told."""
        super().__init__(data, auto_id="policy-%s", **more)
        whom = [
            ("", ""),
            *((code, words.said(WHOM[code])) for code in WHOM if code != "everybody"),
        ]
        left = [(pk, _("%s (has left)") % name) for pk, name in gone.items()]
        known = [each for each in rota.people if each[0] not in gone]
        people = [("", ""), *left, *known]
        tiers = [
            ("", _("all tiers")),
            *((tier, words.plain(tier)) for tier in TARGET_LIMITS),
        ]
        for row in range(STEP_ROWS):
            self.fields |= {
                f"whom_{row}": forms.ChoiceField(
                    label=_("Whom"), choices=whom, required=False
                ),
                f"after_{row}": forms.IntegerField(
                    label=_("After, percent"),
                    min_value=0,
                    max_value=LATEST_PERCENT,
                    required=False,
                ),
                f"person_{row}": _one_of(
                    _("Person"), people, required=False, empty_value=None
                ),
                f"tier_{row}": forms.ChoiceField(
                    label=_("Tier"), choices=tiers, required=False
                ),
            }

    @property
    def targets(self) -> list[Any]:
        """Return the fields that are no step."""
        return [self[name] for name in self.base_fields]

    @property
    def step_rows(self) -> list[list[Any]]:
        """Return the fields of each step."""
        names = ("whom", "after", "person", "tier")
        return [[self[f"{name}_{row}"] for name in names] for row in range(STEP_ROWS)]

    def steps(self) -> list[Step]:
        """Return the steps; a row without anybody to tell is none."""
        wish = self.cleaned_data
        return [
            Step(
                whom=wish[f"whom_{row}"],
                after_percent=wish[f"after_{row}"] or 0,
                person=wish[f"person_{row}"] if wish[f"whom_{row}"] == PERSON else None,
                tier=wish[f"tier_{row}"],
            )
            for row in range(STEP_ROWS)
            if wish[f"whom_{row}"]
        ]

    def as_fields(self) -> dict[str, Any]:
        """Return what the service takes beside the steps."""
        return {name: self.cleaned_data[name] for name in self.base_fields}


def of_policy(policy: Policy) -> Mapping[str, Any]:
    """Return a policy as the first values of the form."""
    calendar = policy.calendar
    values: dict[str, Any] = {
        f"{tier}_minutes": policy.target_minutes[tier] for tier in TARGET_LIMITS
    }
    values |= {
        "opens": calendar.opens,
        "closes": calendar.closes,
        "weekdays": sorted(calendar.weekdays),
        "last_resort_percent": policy.last_resort_percent,
        "repeat_count": policy.repeat_count,
    }
    for row, step in enumerate(policy.steps[:STEP_ROWS]):
        values |= {
            f"whom_{row}": step.whom,
            f"after_{row}": step.after_percent,
            f"person_{row}": step.person,
            f"tier_{row}": step.tier,
        }
    return values
