"""Changes a number of a rule, or switches the rule off, for one clinic or for all."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from analytics.services.overriding import override_rule
from tracker.errors import InvalidInput
from tracker.models import Clinic, User


class Command(BaseCommand):
    help = (
        "Choose a number of a rule within its limits (docs/clinical-rules.md), for all "
        "clinics or for one. SETTING is enabled (0 or 1), refractory_days or a number "
        "of the rule; VALUE is a number, or default. Emergency rules cannot be changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("rule", metavar="RULE", help="such as R11")
        parser.add_argument("setting", metavar="SETTING")
        parser.add_argument("value", metavar="VALUE", help="a number, or default")
        parser.add_argument("--clinic", type=int, help="id; without it, all clinics")
        parser.add_argument("--by", required=True, help="e-mail of your account")
        parser.add_argument("--why", required=True, help="kept with the change")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = override_rule(
                clinic=_clinic(options["clinic"]),
                choice=(options["rule"], options["setting"], _value(options["value"])),
                why=options["why"],
                by=_account(options["by"]),
                now=timezone.now(),
            )
        except InvalidInput as error:
            raise CommandError(error.detail) from None
        chosen = "the default" if made.value is None else f"{made.value:g}"
        self.stdout.write(
            f"{made.rule} {made.setting} is {chosen} from the next analysis on."
        )


def _value(text: str) -> float | None:
    if text == "default":
        return None
    try:
        return float(text)
    except ValueError:
        raise CommandError("VALUE must be a number, or default.") from None


def _clinic(clinic_id: int | None) -> Clinic | None:
    if clinic_id is None:
        return None
    found = Clinic.objects.filter(pk=clinic_id).first()
    if found is None:
        raise CommandError("There is no clinic with this id.")
    return found


def _account(email: str) -> User:
    found = User.objects.filter(email__iexact=email).first()
    if found is None:
        raise CommandError("There is no account with this e-mail address.")
    return found
