"""`manage.py issue_token EMAIL`: an app session token for scripts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracker.models import User
from tracker.services.sessions import open_session


class Command(BaseCommand):
    help = "Print a session token of this account, to be sent as X-Session-Token."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the account's e-mail address")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise CommandError("There is no active account with this address.")
        token = open_session(user, ip="127.0.0.1", user_agent="manage.py issue_token")
        self.stdout.write(token)
