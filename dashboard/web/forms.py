"""What staff type: the outcome of an alert, an invitation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from alerts.domain.notes import KINDS, NOTE_LENGTH
from alerts.domain.outcomes import Outcome
from alerts.domain.snoozing import REASONS
from alerts.domain.targets import ALERTING
from dashboard.domain import words


class ResolveForm(forms.Form):
    """The outcome that closes an alert, and a note."""

    outcome = forms.ChoiceField()
    note = forms.CharField(required=False, max_length=2000, widget=forms.Textarea)

    def __init__(self, data: Any, *, outcomes: Iterable[Outcome]) -> None:
        super().__init__(data)
        choices = [(outcome.code, words.said(outcome.label)) for outcome in outcomes]
        self.fields["outcome"] = forms.ChoiceField(choices=choices)


class NoteForm(forms.Form):
    """A note on an alert, or that the patient was called."""

    kind = forms.ChoiceField(
        choices=[(kind, words.said_later(label)) for kind, label in KINDS.items()]
    )
    note = forms.CharField(
        required=False, max_length=NOTE_LENGTH, widget=forms.Textarea
    )


class SnoozeForm(forms.Form):
    """Until when an alert waits, and why."""

    until = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M"])
    reason = forms.ChoiceField(
        choices=[(reason.code, words.said_later(reason.label)) for reason in REASONS]
    )
    note = forms.CharField(required=False, max_length=2000, widget=forms.Textarea)


class HandOverForm(forms.Form):
    """Which colleague shall take an alert, and the version of it that was looked at."""

    seen = forms.UUIDField()
    to = forms.TypedChoiceField(coerce=int)

    def __init__(self, data: Any, *, colleagues: Iterable[tuple[int, str]]) -> None:
        super().__init__(data)
        self.fields["to"] = forms.TypedChoiceField(coerce=int, choices=list(colleagues))


class SimulationForm(forms.Form):
    """An alert that is not there: how urgent, raised when, in which team."""

    tier = forms.ChoiceField(
        choices=[(tier, words.said_later(tier)) for tier in ALERTING]
    )
    at = forms.DateTimeField(
        input_formats=["%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    care_team = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, choices=()
    )

    def __init__(self, data: Any, *, teams: Iterable[tuple[int, str]]) -> None:
        teams = list(teams)
        if teams and "care_team" not in data:
            data = {**data, "care_team": teams[0][0]}
        super().__init__(data)
        choices = [*teams, ("", _("No team"))]
        self.fields["care_team"] = forms.TypedChoiceField(
            required=False, coerce=int, empty_value=None, choices=choices
        )


class InvitationForm(forms.Form):
    """Whom the clinic invites, and who will look after them."""

    patient_name = forms.CharField(max_length=200)
    care_team = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, choices=()
    )

    def __init__(self, data: Any, *, teams: Iterable[tuple[int, str]]) -> None:
        super().__init__(data)
        self.fields["care_team"] = forms.TypedChoiceField(
            required=False,
            coerce=int,
            empty_value=None,
            choices=[("", _("No team yet")), *teams],
        )
