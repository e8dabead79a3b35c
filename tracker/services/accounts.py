"""Accounts of people who come in with a code."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from tracker.errors import AccountExists
from tracker.models import User


def make_account(email: str, password: str | None, *, name: str) -> User:
    """Make an account with a verified address; raise AccountExists when it is taken.

    Without a password nobody can log in to it by one.
    """
    email = email.strip().lower()
    if User.objects.filter(email__iexact=email).exists():
        raise AccountExists
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name)
            EmailAddress.objects.create(
                user=user, email=email, verified=True, primary=True
            )
    except IntegrityError:  # somebody took the address a moment ago
        raise AccountExists from None
    return user
