"""The errors of this product: a stable code each, never any patient data."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """Something a caller asked for cannot be done; `code` is stable for clients."""

    code = "error"
    title = "The request could not be carried out."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        #: What else the answer tells to programs, by name.
        self.members: dict[str, object] = {}


class NotFound(DomainError):
    """No such thing, or not yours: callers cannot tell which."""

    code = "not_found"
    title = "There is nothing here that you may see."


class Conflict(DomainError):
    """The thing has changed since the caller looked."""

    code = "conflict"
    title = "This has changed since you last looked."


class ClinicNotActive(Conflict):
    """The clinic may not invite patients before its alerts reach somebody."""

    code = "clinic_not_active"
    title = "This clinic is not active yet: an administrator activates it first."


class SyncConflict(Conflict):
    """Somebody else has changed a record of this push; `members` are for the reply."""

    code = "sync_conflict"
    title = "Another device has changed one of these entries. Pull, then push again."

    def __init__(self) -> None:
        super().__init__()
        self.members: dict[str, Any] = {"guidance": []}


class InvalidInput(DomainError):
    """The request as a whole cannot be understood."""

    code = "invalid_input"
    title = "The request could not be understood."


class CursorInvalid(InvalidInput):
    """The sync cursor is not one of ours, or belongs to another patient."""

    code = "cursor_invalid"
    title = "This sync cursor is not valid for this diary. Send null to start over."


class BatchTooLarge(InvalidInput):
    """More documents are wanted at once than one page holds; never cut short."""

    code = "batch_too_large"
    title = "This batch size is larger than the server's pages. Ask for fewer."


class SchemaUnknown(InvalidInput):
    """The app names a version of its schema that this server does not know."""

    code = "schema_unknown"
    title = "This server does not know this version of the schema."


class StreamUnavailable(DomainError):
    """All places for live streams are taken, or Redis is away; pulls still work."""

    code = "stream_unavailable"
    title = "No live stream can be had now. Pull every few minutes instead."
    #: After how many seconds it is worth trying again.
    wait = 60


class DatabaseAway(DomainError):
    """PostgreSQL is away, starts up, or gave this request up; nothing was stored."""

    code = "database_away"
    title = "The server cannot reach its database now. Send the same again in a moment."
    #: After how many seconds it is worth trying again.
    wait = 5


class BodyTooLarge(DomainError):
    """The request body is larger than the server takes."""

    code = "body_too_large"
    title = "The request body is too large. Send fewer records at a time."


class AppTooOld(DomainError):
    """This version of the app may not sync any more; `title` as its reader speaks."""

    code = "app_too_old"
    title = "This app is too old to sync. Update it; nothing you wrote is lost."

    def __init__(self, *, link: str = "", title: str = title) -> None:
        super().__init__(f"{title} {link}".strip())
        self.title = title
        self.members: dict[str, Any] = {"link": link}


class NotAPatient(DomainError):
    """The account has no diary of its own."""

    code = "not_a_patient"
    title = "Only a patient's own account may do this."


class InvitationInvalid(DomainError):
    """The code is unknown, used or expired: callers cannot tell which."""

    code = "invitation_invalid"
    title = "This invitation code is not valid. Ask your clinic for a new one."


class AccountExists(Conflict):
    """An account with this address cannot be enrolled again."""

    code = "account_exists"
    title = "This invitation cannot be used with these details. Ask your clinic."


class LastAdministrator(Conflict):
    """A clinic needs somebody who can let others in."""

    code = "last_administrator"
    title = "A clinic keeps one administrator: name another one first."


class NameTaken(Conflict):
    """Two care teams of one clinic have different names."""

    code = "name_taken"
    title = "There is a care team of this name already."


class AlreadyThere(Conflict):
    """The code is of the clinic at which they are a patient."""

    code = "already_there"
    title = "You are a patient of this clinic already."


class EmergencyUnanswered(Conflict):
    """An emergency of the patient waits for an answer; nothing is called usual yet."""

    code = "emergency_unanswered"
    title = (
        "An emergency alert of this patient waits for an answer. Acknowledge it, see "
        "to the patient, then accept the baseline."
    )


class InvalidFields(InvalidInput):
    """Some fields of the request cannot be accepted; `errors` says which and why."""

    code = "invalid_input"
    title = "Some fields cannot be accepted."

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(" ".join(text for texts in errors.values() for text in texts))
        self.errors = errors


class ConsentOutdated(InvalidInput):
    """The patient agreed to another version of the text than the current one."""

    code = "consent_outdated"
    title = "Agree to the current consent text; GET /api/v1/consent shows it."


class DiarySealed(DomainError):
    """The patient took their consent back; nobody reads the diary."""

    code = "consent_withdrawn"
    title = "The patient has withdrawn their consent. The diary is sealed."


class NotStaff(DomainError):
    """The account has no role at a clinic."""

    code = "not_staff"
    title = "Only the staff of a clinic may do this."


class NotAClinician(DomainError):
    """The account may see the patient but is no clinician there."""

    code = "not_a_clinician"
    title = "Only a clinician of this patient may do this."


class PatientNotNamed(InvalidInput):
    """The account may use several diaries and did not say which."""

    code = "patient_not_named"
    title = "Say whose diary: name one of GET /api/v1/me/patients as patient."


class NotThePatient(DomainError):
    """Somebody reads along, and only the patient may do this."""

    code = "not_the_patient"
    title = "Only the patient may do this; you are their caregiver."
