"""The forms of a patient's record, drawn from the API's own serializers.

Page and API therefore accept the same, and say the same when they do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from rest_framework import serializers

from dashboard.domain import exam, words
from dashboard.domain.sentences import retold
from dashboard.selectors.recording import LOCATIONS
from tracker.api.serializers import clinical as api


Form = type[serializers.Serializer[Any]]
Typed = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One thing that can be written down: its words and the serializer behind it."""

    title: StrOrPromise
    button: StrOrPromise
    done: StrOrPromise
    form: Form
    hint: StrOrPromise = ""
    records: str = ""


KINDS: Final = {
    "exam": Kind(
        title=_("Examination"),
        button=_("Save the examination"),
        done=_("The examination is saved."),
        form=api.ExamIn,
        hint=_("What is left empty was not tested. It is neither normal nor lost."),
        records="exams",
    ),
    "treatment": Kind(
        title=_("Treatment or procedure"),
        button=_("Save the treatment"),
        done=_("The treatment is saved. The patient's phone shows it too."),
        form=api.TreatmentIn,
        hint=_("After a procedure the rules watch more closely."),
        records="treatments",
    ),
    "imaging": Kind(
        title=_("Imaging"),
        button=_("Save the imaging"),
        done=_("The imaging is saved."),
        form=api.ImagingIn,
        records="imaging",
    ),
    "nerve-study": Kind(
        title=_("Nerve conduction or EMG"),
        button=_("Save the study"),
        done=_("The study is saved."),
        form=api.NeurophysiologyIn,
        records="neurophysiology",
    ),
    "outcome": Kind(
        title=_("How it turned out"),
        button=_("Save the outcome"),
        done=_("The outcome is saved."),
        form=api.OutcomeIn,
        records="outcomes",
    ),
    "message": Kind(
        title=_("Message to the patient"),
        button=_("Send the message"),
        done=_("The message is sent. The phone shows it at its next sync."),
        form=api.MessageIn,
        hint=_(
            "The phone shows it inside the app, at its next sync. It is no way to "
            "reach somebody in an emergency: telephone."
        ),
    ),
    "episode": Kind(
        title=_("Episode of care"),
        button=_("Save the episode"),
        done=_("The episode is saved."),
        form=api.EpisodeIn,
        hint=_(
            "One course of nerve-root trouble, from its onset to discharge. "
            "Examinations, treatments and studies belong to one."
        ),
    ),
}
TREATMENT_CHANGE: Final = Kind(
    title=_("Change a treatment"),
    button=_("Save the change"),
    done=_("The treatment is changed. The patient's phone shows it too."),
    form=api.TreatmentChangeIn,
)
#: Fields that the page itself fills in or draws in another way.
NOT_DRAWN: Final = ("findings", "seen")
BASELINE: Final = Kind(
    title=_("What is usual from now on"),
    button=_("Accept as usual"),
    done=_("Accepted. The next analysis compares with it."),
    form=api.BaselineIn,
    hint=_(
        "Trend rules compare this leg with it from that day on. Red flags never look "
        "at it: a severe or sudden loss is told as before."
    ),
    records="baselines",
)
WITHDRAWAL: Final = Kind(
    title=_("Withdraw an accepted baseline"),
    button=_("Withdraw"),
    done=_("Withdrawn. The next analysis goes on as if it had never been."),
    form=api.WithdrawalIn,
)
LABELS: Final = {
    "signal": _("What is measured"),
    "value": _("Usual level (self-tests 0 to 3, pain and numbness 0 to 10)"),
    "from_day": _("From this day on"),
    "why": _("Why, for your colleagues and for audits"),
    "examined_on": _("Examined on"),
    "performed_on": _("Done on"),
    "recorded_on": _("Seen on"),
    "started_on": _("Started on"),
    "ended_on": _("Ended on"),
    "onset_on": _("Began on"),
    "closed_on": _("Discharged on"),
    "kind": _("What"),
    "suspected_cause": _("Suspected cause"),
    "level": _("Level"),
    "side": _("Side"),
    "finding": _("Finding"),
    "note": _("Note (stays in the clinic)"),
    "text": _("Message"),
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a form as the page draws it."""

    name: str
    label: str
    drawn: str
    choices: list[tuple[str, str]]
    required: bool
    longest: int | None
    typed: str
    stands: str
    errors: list[str]


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A form with what was typed, what is wrong with it, and what stands instead."""

    typed: Typed
    errors: Mapping[str, Any] = field(default_factory=dict)
    stands: Typed | None = None
    said: StrOrPromise = ""


def sent(kind: Kind, typed: Typed, *, changing: bool) -> dict[str, Any]:
    """Return the fields as the API would get them; an empty one is left out.

    Of a record that is changed an empty field is emptied.
    """
    data: dict[str, Any] = {}
    for name, known in kind.form().fields.items():
        value = typed.get(name, "").strip()
        if name == "findings":
            data[name] = list(exam.findings(LOCATIONS, typed))
        elif value:
            data[name] = value
        elif changing and name in typed:
            data[name] = None if known.allow_null else ""
    return data


def fields(kind: Kind, filled: Filled) -> list[Field]:
    """Return the fields of a form in order, without the grid of an examination."""
    return [
        _field(name, drawn, filled)
        for name, drawn in kind.form().fields.items()
        if name not in NOT_DRAWN
    ]


def exam_grid(kind: Kind, filled: Filled) -> dict[str, Any]:
    """Return the grid of an examination; nothing for another form."""
    if kind.form is not api.ExamIn:
        return {}
    return {
        "sections": exam.sections(LOCATIONS, filled.typed),
        "findings_errors": _lines(filled.errors.get("findings", [])),
    }


def _field(
    name: str, drawn: serializers.Field[Any, Any, Any, Any], filled: Filled
) -> Field:
    choices: Mapping[str, str] = getattr(drawn, "choices", {})
    kind = "date" if isinstance(drawn, serializers.DateField) else "text"
    kind = "number" if isinstance(drawn, serializers.FloatField) else kind
    value = filled.typed.get(name, "")
    before = (filled.stands or filled.typed).get(name, "")
    return Field(
        name=name,
        label=str(LABELS[name]),
        drawn="select" if choices else kind,
        choices=[
            (str(code), words.said(str(label))) for code, label in choices.items()
        ],
        required=drawn.required,
        longest=getattr(drawn, "max_length", None),
        typed=value,
        stands=""
        if before == value
        else words.said(str(choices.get(before, before))) or str(_("empty")),
        errors=_lines(filled.errors.get(name, [])),
    )


def _lines(errors: Any) -> list[str]:
    """Return all texts of a tree of errors, each once."""
    if isinstance(errors, Mapping):
        errors = errors.values()
    elif isinstance(errors, str):
        return [retold(str(errors))]
    return list(dict.fromkeys(line for each in errors for line in _lines(each)))
