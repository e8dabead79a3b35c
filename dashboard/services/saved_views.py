"""A person's saved views of the worklist: kept under a name, forgotten again."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.db import transaction

from dashboard.domain.worklist_filter import WorklistFilter
from dashboard.errors import SavedViewRefused
from dashboard.models import SavedView
from tracker.models import User


NAME_MAX: Final = 40
#: Views of one person; more than this is a list nobody reads.
MOST: Final = 12


def save_view(user: User, name: str, chosen: WorklistFilter) -> SavedView:
    """Keep a filter under a name, in place of an older one of that name.

    The search is left out: a name of a patient is nothing to keep in a list of views.
    SavedViewRefused without a name or a filter, or beyond MOST.
    """
    name, kept = " ".join(name.split()), replace(chosen, search="")
    if not name or len(name) > NAME_MAX:
        message = f"Give the view a name of at most {NAME_MAX} characters."
        raise SavedViewRefused(message)
    if not kept.is_set:
        message = "Choose a filter first; a search is not kept."
        raise SavedViewRefused(message)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        others = SavedView.objects.filter(user=user).exclude(name=name)
        if others.count() >= MOST:
            message = f"You have {MOST} views; remove one first."
            raise SavedViewRefused(message)
        view, _ = SavedView.objects.update_or_create(
            user=user, name=name, defaults={"query": kept.query}
        )
    return view


def forget_view(user: User, view_id: int) -> None:
    """Remove one view of this person; one that is not theirs stays."""
    SavedView.objects.filter(user=user, pk=view_id).delete()
