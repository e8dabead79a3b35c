"""What the tracker tells whoever listens; it knows none of them."""

from __future__ import annotations

from django.dispatch import Signal


#: Sent after commit: patient_id (UUID). New or changed entries wait for analysis.
diary_changed = Signal()

#: Sent inside the transaction: patient_id (UUID), now (aware datetime). The diary is
#: sealed from now on; what was found before still needs a human.
consent_withdrawn = Signal()

#: Sent inside the transaction: patient_id (UUID), now (aware datetime). The patient is
#: at another clinic from now on; whoever watched over them hands over.
patient_moved = Signal()

#: Sent inside the transaction: clinic_id (int), now (aware datetime). Somebody has left
#: a clinic or a care team, or a patient has another team: who had taken on something
#: for a patient may not see them any more.
care_changed = Signal()

#: Sent inside the transaction of a push, once for each push that raised any:
#: patient_id (UUID), red_flags (list of RedFlag), now (aware datetime).
red_flags_found = Signal()

#: Asked inside a push and an analysis: patient_id (UUID). A listener answers whether
#: an open finding, or one of late, says that power has dropped (R04 to R07).
motor_drop_asked = Signal()

#: Asked inside the transaction that accepts a baseline: patient_id (UUID). A listener
#: answers whether an emergency of the patient waits for a human.
emergency_asked = Signal()
