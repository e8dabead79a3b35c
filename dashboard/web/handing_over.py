"""Several alerts into the hands of a colleague, in one go."""

from __future__ import annotations

from collections import Counter
from typing import Final
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from alerts.errors import HandOverRefused
from alerts.services.assigning import hand_over
from dashboard.selectors.alerts import ROWS_SHOWN, person
from dashboard.selectors.staff import account, colleagues
from dashboard.web.doors import is_htmx, staff_only
from dashboard.web.home import worklist_context, worklist_page
from tracker.errors import Conflict, NotAClinician, NotFound


DONE: Final = "done"
MOVED_ON: Final = "moved on"
REFUSED: Final = "refused"


@require_POST
@staff_only
def hand_over_chosen(request: HttpRequest) -> HttpResponseBase:
    """Ask a colleague to take each alert that is ticked, and say what became of each.

    A box holds an alert and the version that was seen, so that nothing which has moved
    on since is handed over.
    """
    chosen = request.POST.getlist("alert")[:ROWS_SHOWN]
    names = {str(each.pk): person(each) for each in colleagues(account(request.user))}
    to = request.POST.get("to", "")
    if to not in names or not chosen:
        said = _("Nothing was handed over: tick alerts and choose a colleague.")
    else:
        became = Counter(_one(request, box, to=int(to)) for box in chosen)
        said = _in_words(became, names[to])
    shown = QueryDict(request.POST.get("shown", ""))
    context = worklist_context(request, shown, said=said)
    if is_htmx(request):
        return render(request, "dashboard/parts/worklist.html", context)
    return worklist_page(request, context)


def _one(request: HttpRequest, box: str, *, to: int) -> str:
    by, now = account(request.user), timezone.now()
    try:
        alert_id, seen = map(UUID, box.split())
        hand_over(alert_id, to=to, by=by, seen=seen, now=now)
    except Conflict:
        return MOVED_ON
    except (ValueError, HandOverRefused, NotAClinician, NotFound):
        return REFUSED
    return DONE


def _in_words(became: Counter[str], name: str) -> str:
    sentences = {
        DONE: ngettext(
            "%(count)s alert was handed to %(name)s, who is being told.",
            "%(count)s alerts were handed to %(name)s, who is being told.",
            became[DONE],
        ),
        MOVED_ON: ngettext(
            "%(count)s has moved on since you looked and was left as it is.",
            "%(count)s have moved on since you looked and were left as they are.",
            became[MOVED_ON],
        ),
        REFUSED: ngettext(
            "%(count)s was not handed over: %(name)s does not look after that patient.",
            "%(count)s were not handed over: %(name)s does not look after these patients.",
            became[REFUSED],
        ),
    }
    return " ".join(
        sentence % {"count": became[kind], "name": name}
        for kind, sentence in sentences.items()
        if became[kind]
    )
