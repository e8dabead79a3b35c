"""What administrators type about a number of a rule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from analytics.domain.overrides import ENABLED
from analytics.selectors.overrides import SettingInForce
from analytics.services.overriding import REASON_LENGTH, OwnNumber
from analytics.services.trials import WINDOWS
from dashboard.selectors.rules import Chosen


class RuleFilter(forms.Form):
    """Which of many numbers somebody wants to see."""

    text = forms.CharField(label=_("Search"), required=False, max_length=100)
    only_set = forms.BooleanField(label=_("Changed only"), required=False)

    def apply(self, found: Iterable[Chosen]) -> dict[str, Any]:
        """Return what the page shows: the rules that are left, and whether some went."""
        wish = self.cleaned_data if self.is_valid() else {}
        text, only_set = wish.get("text", ""), wish.get("only_set", False)
        found = list(found)
        left = (each.narrowed(text=text, only_set=only_set) for each in found)
        return {
            "filter": self,
            "rules": [each for each in left if each],
            "narrowed": bool(text or only_set),
        }


class NumberForm(forms.Form):
    """A value within the limits, or the default again, and why."""

    why = forms.CharField(
        label=_("Why, for your colleagues and for audits"),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    field_order: tuple[str, ...] = ("value", "why", "seen")

    def __init__(
        self, stands: SettingInForce, data: Any = None, *, wanted: str = ""
    ) -> None:
        self._to_default = bool(data) and "default" in data
        super().__init__(data, auto_id="number-%s", initial=_initial(stands, wanted))
        self.fields["value"] = _value_field(stands, required=not self._to_default)
        self.order_fields(self.field_order)

    def value(self) -> float | None:
        """Return the value that is asked for, None for the default again."""
        if self._to_default:
            return None
        chosen: float = self.cleaned_data["value"]
        return chosen

    def after(self, stands: SettingInForce) -> NumberForm:
        """Return what was typed as a form that has seen what stands now."""
        typed = {name: self.data.get(name, "") for name in ("value", "why")}
        return NumberForm(stands, typed | {"seen": seen_of(stands)})


class OwnNumberForm(NumberForm):
    """The same for one patient, with the last day on which it counts."""

    until = forms.DateField(
        label=_("Up to and with"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    field_order = ("value", "until", "why", "seen")

    def __init__(self, stands: SettingInForce, data: Any = None, *, seen: int) -> None:
        super().__init__(stands, data)
        self.initial["seen"] = seen
        if stands.chosen:
            self.initial["until"] = stands.chosen.expires_on
        self.fields["until"].required = not self._to_default

    def chosen(self, stands: SettingInForce) -> OwnNumber:
        """Return what is asked for."""
        return OwnNumber(
            rule=stands.setting.rule.id,
            setting=stands.setting.name,
            value=self.value(),
            until=self.cleaned_data.get("until"),
        )

    def after_colleague(self, stands: SettingInForce, *, seen: int) -> OwnNumberForm:
        """Return what was typed as a form that has seen what stands now."""
        names = ("value", "until", "why")
        typed = {name: self.data.get(name, "") for name in names}
        return OwnNumberForm(stands, typed | {"seen": seen}, seen=seen)


class TrialForm(forms.Form):
    """A value to try on the clinic's diaries, and on how many days of them."""

    window = forms.TypedChoiceField(
        label=_("On the last"),
        coerce=int,
        initial=90,
        choices=[(days, format_lazy(_("{days} days"), days=days)) for days in WINDOWS],
    )

    field_order = ("value", "window")

    def __init__(self, stands: SettingInForce, data: Any = None) -> None:
        super().__init__(data, auto_id="trial-%s", initial=_initial(stands, ""))
        self.fields["value"] = _value_field(stands, required=True)
        self.order_fields(self.field_order)


def seen_of(stands: SettingInForce) -> int:
    """Return what a form says to have seen: the clinic's last choice, 0 for none."""
    return stands.chosen.pk if stands.chosen else 0


def _initial(stands: SettingInForce, wanted: str) -> dict[str, Any]:
    value = int(stands.value) if stands.setting.whole else stands.value
    return {"value": wanted or value, "seen": seen_of(stands)}


def _value_field(stands: SettingInForce, *, required: bool) -> forms.Field:
    of = stands.setting
    if of.name == ENABLED:
        return forms.TypedChoiceField(
            label=_("The rule is"),
            choices=[(1, _("on")), (0, _("off"))],
            coerce=int,
            required=required,
        )
    label = _("Value")
    if of.whole:
        low, high = int(of.low), int(of.high)
        return forms.IntegerField(
            label=label, min_value=low, max_value=high, required=required
        )
    return forms.FloatField(
        label=label, min_value=of.low, max_value=of.high, required=required
    )
