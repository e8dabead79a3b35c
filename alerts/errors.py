"""What can go wrong when somebody answers an alert."""

from __future__ import annotations

from tracker.errors import Conflict, InvalidInput


class AlertAlreadyTaken(Conflict):
    """Somebody else has acknowledged the alert, or it has moved on since."""

    code = "alert_already_taken"
    title = "This alert has been taken or has moved on since you last looked."


class ClinicReachesNobody(Conflict):
    """At some hour of the coming month the policy names nobody who can be told."""

    code = "clinic_reaches_nobody"
    title = "At some hour of the coming month an emergency would reach nobody named."


class PolicyInvalid(InvalidInput):
    """The policy or the rota cannot be followed as it is written."""

    code = "policy_invalid"
    title = "This policy or rota cannot be used."


class QuietHoursInvalid(InvalidInput):
    """The hours are too long, or the time zone is unknown."""

    code = "quiet_hours_invalid"
    title = "These quiet hours cannot be used."


class SnoozeRefused(InvalidInput):
    """An emergency, an unknown reason, or a time that is past or too far ahead."""

    code = "snooze_refused"
    title = "This alert cannot be snoozed like this."


class HandOverRefused(InvalidInput):
    """The colleague cannot be told, or may not see this patient."""

    code = "hand_over_refused"
    title = "Choose a clinician of the patient's care team who can be told."


class OutcomeInvalid(InvalidInput):
    """The outcome is unknown, or it cannot close an alert of this tier."""

    code = "outcome_invalid"
    title = "This outcome cannot close this alert."


class NoteInvalid(InvalidInput):
    """There is nothing to write down, or too much."""

    code = "note_invalid"
    title = "This note cannot be written."


class AlertClosed(Conflict):
    """The alert is over: whoever needs the clinic now has to call it."""

    code = "alert_closed"
    title = "This alert is closed. Please call your clinic."


class ChannelNotSetUp(Conflict):
    """This server does not send by that way, or not to this person."""

    code = "channel_not_set_up"
    title = "This server cannot reach you in this way."
