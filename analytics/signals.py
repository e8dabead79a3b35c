"""What the analysis tells whoever listens; it knows none of them."""

from __future__ import annotations

from django.dispatch import Signal


#: Sent inside the transaction that stored them: flags (list of Flag, new or with new
#: evidence), now (aware datetime). Senders use send_robust within a savepoint.
#: Alerts read two keys of a flag's evidence: `items` (the red-flag items that fired; a
#: new item of an emergency is told again) and `patient_tier` (where it differs from
#: the flag's own tier, which is the clinician's).
flags_raised = Signal()
