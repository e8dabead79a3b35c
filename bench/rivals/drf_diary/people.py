"""Make the rival's tables and patients, and print [token, patient id] pairs."""

from __future__ import annotations

import json
import os
import sys

import django


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.rivals.drf_diary.settings")


def main(count: int) -> None:
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from rest_framework.authtoken.models import Token

    from bench.rivals.drf_diary.models import Patient

    call_command("migrate", run_syncdb=True, verbosity=0)
    made = []
    for number in range(count):
        user = User.objects.create(username=f"patient{number}")
        patient = Patient.objects.create(user=user, name="Patient")
        made.append([Token.objects.create(user=user).key, str(patient.pk)])
    print(json.dumps(made))


if __name__ == "__main__":
    main(int(sys.argv[1]))
