"""Make our tables and patients, and print [token, patient id] pairs."""

from __future__ import annotations

import json
import os
import sys

import django


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")


def main(count: int) -> None:
    django.setup()
    from django.core.management import call_command

    from tests.factories import make_clinic, make_patient, token_of

    call_command("migrate", verbosity=0)
    clinic = make_clinic()
    patients = [make_patient(clinic) for _ in range(count)]
    print(json.dumps([[token_of(p.user), str(p.pk)] for p in patients]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
