"""What the analysis tells whoever listens; it knows none of them."""

from __future__ import annotations

from django.dispatch import Signal


#: Sent inside the transaction that stored them: flags (list of Flag, new or with new
#: evidence), now (aware datetime). Senders use send_robust within a savepoint.
flags_raised = Signal()
