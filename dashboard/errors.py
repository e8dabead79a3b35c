"""What can go wrong with what the dashboard keeps."""

from __future__ import annotations

from tracker.errors import InvalidInput


class SavedViewRefused(InvalidInput):
    """No name, no filter to save, or too many views."""

    code = "saved_view_refused"
    title = "This view cannot be saved."
