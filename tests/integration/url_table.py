"""Which status each role gets at each address: the declared table of access.

One line is a method, a route as Django's resolver shows it, and the seven statuses in
the order of ROLES. A route that ends in `*` covers every route with that beginning
that has no line of its own; `/` is the start page. The patient is in a care team and has a caregiver who
may write; the clinician is of that team, the administrator of that clinic, the stranger of another clinic.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from tracker.domain import consent


ROLES = (
    "anonymous",
    "patient",
    "other patient",
    "caregiver",
    "stranger",
    "clinician",
    "administrator",
)


@dataclass(frozen=True)
class Row:
    method: str
    route: str
    statuses: tuple[int, ...]

    @property
    def is_prefix(self) -> bool:
        return self.route.endswith("*")


def rows_for(route: str) -> list[Row]:
    """Return the exact rows of a route, else those of the longest beginning."""
    exact = [row for row in TABLE if row.route == route]
    if exact:
        return exact
    covering = [
        row
        for row in TABLE
        if row.is_prefix and route.startswith(row.route.removesuffix("*"))
    ]
    longest = max((len(row.route) for row in covering), default=0)
    return [row for row in covering if len(row.route) == longest]


def is_exact(rows: list[Row]) -> bool:
    return bool(rows) and not rows[0].is_prefix


_TEXT = r"""
GET    admin/login/                                         302 403 403 403 403 403 403
GET    admin/*                                              302 302 302 302 302 302 302
GET    accounts/login/                                      200 302 302 302 302 302 302
GET    accounts/logout/                                     302 200 200 200 200 200 200
GET    accounts/inactive/                                   200 200 200 200 200 200 200
GET    accounts/signup/                                     200 302 302 302 302 302 302
GET    accounts/reauthenticate/                             302 200 200 200 200 200 200
GET    accounts/email/                                      302 200 200 200 200 200 200
GET    accounts/confirm-email/                              200 200 200 200 200 200 200
GET    accounts/password/change/                            302 200 200 200 200 200 200
GET    accounts/password/set/                               302 302 302 302 302 302 302
GET    accounts/password/reset/                             200 200 200 200 200 200 200
GET    accounts/login/code/confirm/                         302 302 302 302 302 302 302
GET    accounts/^confirm-email/(?P<key>[-:\w]+)/$           200 200 200 200 200 200 200
GET    accounts/password/reset/key/done/                    200 200 200 200 200 200 200
GET    accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$ 200 200 200 200 200 200 200
GET    accounts/password/reset/done/                        200 200 200 200 200 200 200
GET    accounts/2fa/                                        302 200 200 200 200 200 200
GET    accounts/2fa/authenticate/                           302 302 302 302 302 302 302
GET    accounts/2fa/reauthenticate/                         302 302 302 302 302 302 302
GET    accounts/2fa/totp/activate/                          302 302 302 302 302 302 302
GET    accounts/2fa/totp/deactivate/                        302 404 404 404 404 404 404
GET    accounts/2fa/recovery-codes/                         302 404 404 404 404 404 404
GET    accounts/2fa/recovery-codes/generate/                302 302 302 302 302 302 302
GET    accounts/2fa/recovery-codes/download/                302 404 404 404 404 404 404
GET    accounts/2fa/webauthn/                               302 200 200 200 200 200 200
GET    accounts/2fa/webauthn/add/                           302 302 302 302 302 302 302
GET    accounts/2fa/webauthn/reauthenticate/                302 302 302 302 302 302 302
GET    accounts/2fa/webauthn/keys/<int:pk>/remove/          302 302 302 302 302 302 302
GET    accounts/2fa/webauthn/keys/<int:pk>/edit/            302 302 302 302 302 302 302
GET    accounts/2fa/webauthn/login/                         302 302 302 302 302 302 302
GET    accounts/sessions/                                   302 200 200 200 200 200 200
GET    _allauth/app/v1/config                               200 200 200 200 200 200 200
GET    _allauth/app/v1/auth/session                         401 200 200 200 200 200 200
DELETE _allauth/app/v1/auth/session                         401 401 401 401 401 401 401
POST   _allauth/app/v1/auth/reauthenticate                  401 400 400 400 400 400 400
POST   _allauth/app/v1/auth/code/confirm                    409 409 409 409 409 409 409
POST   _allauth/app/v1/auth/password/request                400 400 400 400 400 400 400
GET    _allauth/app/v1/auth/password/reset                  400 400 400 400 400 400 400
POST   _allauth/app/v1/auth/password/reset                  400 400 400 400 400 400 400
POST   _allauth/app/v1/auth/login                           400 400 400 400 400 400 400
POST   _allauth/app/v1/auth/signup                          400 400 400 400 400 400 400
GET    _allauth/app/v1/auth/email/verify                    400 400 400 400 400 400 400
POST   _allauth/app/v1/auth/email/verify                    400 400 400 400 400 400 400
POST   _allauth/app/v1/auth/email/verify/resend             409 409 409 409 409 409 409
POST   _allauth/app/v1/auth/phone/verify                    404 404 404 404 404 404 404
POST   _allauth/app/v1/auth/phone/verify/resend             404 404 404 404 404 404 404
POST   _allauth/app/v1/account/password/change              401 400 400 400 400 400 400
GET    _allauth/app/v1/account/email                        401 200 200 200 200 200 200
POST   _allauth/app/v1/account/email                        409 400 400 400 400 400 400
PUT    _allauth/app/v1/account/email                        401 400 400 400 400 400 400
PATCH  _allauth/app/v1/account/email                        401 400 400 400 400 400 400
DELETE _allauth/app/v1/account/email                        401 400 400 400 400 400 400
GET    ^_allauth/app/v1/(?:account|auth)/phone(?:/|$)       404 404 404 404 404 404 404
GET    _allauth/app/v1/account/phone                        404 404 404 404 404 404 404
POST   _allauth/app/v1/account/phone                        404 404 404 404 404 404 404
POST   _allauth/app/v1/auth/2fa/authenticate                401 401 401 401 401 401 401
POST   _allauth/app/v1/auth/2fa/reauthenticate              401 400 400 400 400 400 400
GET    _allauth/app/v1/auth/webauthn/authenticate           401 401 401 401 401 401 401
POST   _allauth/app/v1/auth/webauthn/authenticate           401 401 401 401 401 401 401
GET    _allauth/app/v1/auth/webauthn/reauthenticate         401 200 200 200 200 200 200
POST   _allauth/app/v1/auth/webauthn/reauthenticate         401 400 400 400 400 400 400
GET    _allauth/app/v1/auth/webauthn/login                  200 200 200 200 200 200 200
POST   _allauth/app/v1/auth/webauthn/login                  400 400 400 400 400 400 400
GET    _allauth/app/v1/account/authenticators               401 200 200 200 200 200 200
GET    _allauth/app/v1/account/authenticators/totp          401 404 404 404 404 404 404
POST   _allauth/app/v1/account/authenticators/totp          401 400 400 400 400 400 400
DELETE _allauth/app/v1/account/authenticators/totp          401 200 200 200 200 200 200
GET    _allauth/app/v1/account/authenticators/recovery-codes 401 404 404 404 404 404 404
POST   _allauth/app/v1/account/authenticators/recovery-codes 401 400 400 400 400 400 400
GET    _allauth/app/v1/account/authenticators/webauthn      401 401 401 401 401 401 401
POST   _allauth/app/v1/account/authenticators/webauthn      401 400 400 400 400 400 400
PUT    _allauth/app/v1/account/authenticators/webauthn      401 400 400 400 400 400 400
DELETE _allauth/app/v1/account/authenticators/webauthn      401 400 400 400 400 400 400
GET    _allauth/app/v1/auth/sessions                        401 200 200 200 200 200 200
DELETE _allauth/app/v1/auth/sessions                        401 400 400 400 400 400 400
POST   _allauth/app/v1/tokens/refresh                       400 400 400 400 400 400 400
GET    health/live                                          200 200 200 200 200 200 200
GET    health/ready                                         200 200 200 200 200 200 200
GET    health/background                                    500 500 500 500 500 500 500
GET    metrics                                              200 200 200 200 200 200 200
POST   mail/events                                          404 404 404 404 404 404 404
POST   sms/events                                           404 404 404 404 404 404 404
GET    api/schema/                                          200 200 200 200 200 200 200
GET    api/docs/                                            200 200 200 200 200 200 200
GET    api/v1/consent                                       200 200 200 200 200 200 200
POST   api/v1/enrolments                                    400 400 400 400 400 400 400
GET    api/v1/invitations                                   401 403 403 403 200 200 200
POST   api/v1/invitations                                   401 403 403 403 201 201 201
GET    api/v1/me                                            401 200 200 200 200 200 200
PATCH  api/v1/me                                            401 200 200 200 200 200 200
POST   api/v1/me/clinic                                     401 400 400 403 403 403 403
POST   api/v1/me/consent                                    401 200 200 403 403 403 403
POST   api/v1/me/consent/withdraw                           401 204 204 403 403 403 403
POST   api/v1/caregivers                                    400 400 400 400 400 400 400
GET    api/v1/me/caregivers                                 401 200 200 403 403 403 403
POST   api/v1/me/caregivers                                 401 201 201 403 403 403 403
POST   api/v1/me/caregivers/<int:caregiver_id>/revoke       401 204 404 403 403 403 403
GET    api/v1/me/caregivers/codes                           401 200 200 403 403 403 403
POST   api/v1/me/caregivers/codes/<int:code_id>/cancel      401 204 404 403 403 403 403
GET    api/v1/me/contacts                                   401 200 200 200 200 200 200
POST   api/v1/me/contacts                                   401 400 400 400 400 400 400
DELETE api/v1/me/contacts/<int:point_id>                    401 204 404 404 404 404 404
POST   api/v1/me/messages/<uuid:message_id>/receipt         401 404 404 404 404 204 404
GET    api/v1/me/patients                                   401 200 200 200 200 200 200
POST   api/v1/me/patients                                   401 400 400 400 400 400 400
POST   api/v1/me/patients/<uuid:patient_id>/leave           401 404 404 204 404 404 404
GET    api/v1/patients/<uuid:patient_id>/caregivers         401 403 403 403 404 200 200
POST   api/v1/patients/<uuid:patient_id>/caregivers         401 403 403 403 404 201 201
GET    api/v1/patients/<uuid:patient_id>/caregivers/codes   401 403 403 403 404 200 200
POST   api/v1/patients/<uuid:patient_id>/caregivers/codes/<int:code_id>/cancel 401 403 403 403 404 204 204
POST   api/v1/patients/<uuid:patient_id>/caregivers/<int:caregiver_id>/revoke 401 403 403 403 404 204 204
POST   api/v1/sync                                          401 200 200 200 403 403 403
GET    api/v1/sync/digest                                   401 200 200 200 403 403 403
GET    api/v1/sync/status                                   401 200 200 200 403 403 403
GET    api/v1/sync/watermelon                               401 200 200 200 403 403 403
POST   api/v1/sync/watermelon                               401 200 200 200 403 403 403
GET    api/v1/sync/rxdb/<str:collection>/pull               401 200 200 200 403 403 403
POST   api/v1/sync/rxdb/<str:collection>/push               401 200 200 200 403 403 403
GET    api/v1/sync/rxdb/<str:collection>/stream             401 200 200 200 403 403 403
GET    api/v1/sync/stream                                   401 200 200 200 403 403 403
GET    api/v1/rules                                         200 200 200 200 200 200 200
GET    api/v1/patients                                      401 403 403 403 200 200 200
GET    api/v1/patients/<uuid:patient_id>                    401 404 404 404 404 200 200
GET    api/v1/patients/<uuid:patient_id>/diary/<str:collection> 401 404 404 404 404 200 200
GET    api/v1/patients/<uuid:patient_id>/diary/<str:collection>/<str:entry_id>/revisions 401 404 404 404 404 200 200
GET    api/v1/patients/<uuid:patient_id>/quarantine         401 404 404 404 404 200 200
POST   api/v1/quarantine/<int:quarantine_id>/resolve        401 404 404 404 404 200 200
GET    api/v1/patients/<uuid:patient_id>/episodes           401 404 404 404 404 200 200
POST   api/v1/patients/<uuid:patient_id>/episodes           401 404 404 404 404 201 403
GET    api/v1/patients/<uuid:patient_id>/messages           401 404 404 404 404 200 200
POST   api/v1/patients/<uuid:patient_id>/messages           401 404 404 404 404 201 403
GET    api/v1/episodes/<uuid:episode_id>                    401 404 404 404 404 200 200
PATCH  api/v1/episodes/<uuid:episode_id>                    401 404 404 404 404 200 403
GET    api/v1/episodes/<uuid:episode_id>/exams              401 404 404 404 404 200 200
POST   api/v1/episodes/<uuid:episode_id>/exams              401 404 404 404 404 201 403
GET    api/v1/episodes/<uuid:episode_id>/imaging            401 404 404 404 404 200 200
POST   api/v1/episodes/<uuid:episode_id>/imaging            401 404 404 404 404 201 403
GET    api/v1/episodes/<uuid:episode_id>/neurophysiology    401 404 404 404 404 200 200
POST   api/v1/episodes/<uuid:episode_id>/neurophysiology    401 404 404 404 404 201 403
GET    api/v1/episodes/<uuid:episode_id>/treatments         401 404 404 404 404 200 200
POST   api/v1/episodes/<uuid:episode_id>/treatments         401 404 404 404 404 201 403
PATCH  api/v1/episodes/<uuid:episode_id>/treatments/<uuid:treatment_id> 401 404 404 404 404 200 403
GET    api/v1/episodes/<uuid:episode_id>/outcomes           401 404 404 404 404 200 200
POST   api/v1/episodes/<uuid:episode_id>/outcomes           401 404 404 404 404 201 403
GET    api/v1/episodes/<uuid:episode_id>/baselines          401 404 404 404 404 200 200
POST   api/v1/episodes/<uuid:episode_id>/baselines          401 404 404 404 404 201 403
POST   api/v1/episodes/<uuid:episode_id>/baselines/<uuid:baseline_id>/withdraw 401 404 404 404 404 200 403
GET    api/v1/flags                                         401 200 200 200 403 403 403
GET    api/v1/flags/<uuid:flag_id>                          401 403 403 403 404 200 200
GET    api/v1/patients/<uuid:patient_id>/rules              401 404 404 404 404 200 200
POST   api/v1/patients/<uuid:patient_id>/rules              401 404 404 404 404 201 403
GET    api/v1/patients/<uuid:patient_id>/rules/history      401 404 404 404 404 200 200
GET    api/v1/patients/<uuid:patient_id>/flags              401 403 403 403 404 200 200
GET    api/v1/patients/<uuid:patient_id>/hints              401 403 403 403 404 200 200
GET    api/v1/patients/<uuid:patient_id>/treatment-responses 401 403 403 403 404 200 200
GET    api/v1/clinics/<int:clinic_id>/rules                 401 403 403 403 404 404 200
POST   api/v1/clinics/<int:clinic_id>/rules                 401 403 403 403 404 404 201
GET    api/v1/clinics/<int:clinic_id>/rules/history         401 403 403 403 404 404 200
GET    api/v1/me/quiet-hours                                401 404 404 404 404 404 404
PUT    api/v1/me/quiet-hours                                401 400 400 400 400 400 400
DELETE api/v1/me/quiet-hours                                401 204 204 204 204 204 204
GET    api/v1/clinics/<int:clinic_id>/escalation            401 403 403 403 404 404 200
PUT    api/v1/clinics/<int:clinic_id>/escalation            401 403 403 403 404 404 400
GET    api/v1/clinics/<int:clinic_id>/shifts                401 403 403 403 404 404 200
POST   api/v1/clinics/<int:clinic_id>/shifts                401 403 403 403 404 404 400
DELETE api/v1/clinics/<int:clinic_id>/shifts/<int:row_id>   401 403 403 403 404 404 404
GET    api/v1/clinics/<int:clinic_id>/covers                401 403 403 403 404 404 200
POST   api/v1/clinics/<int:clinic_id>/covers                401 403 403 403 404 404 400
DELETE api/v1/clinics/<int:clinic_id>/covers/<int:row_id>   401 403 403 403 404 404 404
GET    api/v1/clinics/<int:clinic_id>/holidays              401 403 403 403 404 404 200
POST   api/v1/clinics/<int:clinic_id>/holidays              401 403 403 403 404 404 400
DELETE api/v1/clinics/<int:clinic_id>/holidays/<int:row_id> 401 403 403 403 404 404 404
GET    api/v1/clinics/<int:clinic_id>/teams/<int:team_id>/on-duty 401 403 403 403 404 404 200
GET    api/v1/clinics/<int:clinic_id>/coverage              401 403 403 403 404 404 200
POST   api/v1/clinics/<int:clinic_id>/activate              401 403 403 403 404 404 200
GET    api/v1/clinics/<int:clinic_id>/response-times        401 403 403 403 404 404 200
GET    api/v1/clinics/<int:clinic_id>/simulation            401 403 403 403 404 404 400
GET    api/v1/alerts                                        401 200 200 200 200 200 200
GET    api/v1/alerts/<uuid:alert_id>                        401 200 404 200 404 200 200
POST   api/v1/alerts/<uuid:alert_id>/acknowledge            401 200 404 403 404 200 403
POST   api/v1/alerts/<uuid:alert_id>/resolve                401 404 404 404 404 200 403
POST   api/v1/alerts/<uuid:alert_id>/called-back            401 404 404 404 404 200 403
GET    api/v1/alerts/<uuid:alert_id>/notes                  401 404 404 404 404 200 200
POST   api/v1/alerts/<uuid:alert_id>/notes                  401 404 404 404 404 400 403
POST   api/v1/alerts/<uuid:alert_id>/hand-over              401 404 404 404 404 400 403
POST   api/v1/alerts/<uuid:alert_id>/snooze                 401 404 404 404 404 200 403
GET    api/v1/alerts/<uuid:alert_id>/log                    401 404 404 404 404 200 200
GET    /                                                    302 200 200 200 200 200 200
POST   language/                                             302 302 302 302 302 302 302
POST   worklist/views/                                      302 404 404 404 302 302 302
POST   worklist/views/<int:view_id>/removal/                302 404 404 404 302 302 302
POST   alerts/hand-over/                                    302 404 404 404 200 200 200
GET    worklist/                                            302 404 404 404 200 200 200
GET    patients/<uuid:patient_id>/                          302 404 404 404 404 200 200
GET    patients/<uuid:patient_id>/charts.json               302 404 404 404 404 200 200
GET    patients/<uuid:patient_id>/record/<str:kind>/        302 404 404 404 404 200 403
GET    patients/<uuid:patient_id>/treatments/<uuid:treatment_id>/ 302 404 404 404 404 200 403
GET    patients/<uuid:patient_id>/baselines/new/            302 404 404 404 404 200 403
POST   patients/<uuid:patient_id>/baselines/not-now/        302 404 404 404 404 302 403
GET    patients/<uuid:patient_id>/baselines/<uuid:baseline_id>/withdrawal/ 302 404 404 404 404 200 403
GET    patients/<uuid:patient_id>/caregivers/               302 404 404 404 404 200 200
POST   patients/<uuid:patient_id>/caregivers/               302 404 404 404 404 200 200
POST   patients/<uuid:patient_id>/caregivers/<int:caregiver_id>/end/ 302 404 404 404 404 302 302
POST   patients/<uuid:patient_id>/caregivers/codes/<int:code_id>/cancellation/ 302 404 404 404 404 302 302
GET    patients/<uuid:patient_id>/rules/                    302 404 404 404 404 200 403
GET    patients/<uuid:patient_id>/rules/<str:rule_id>/<str:setting>/ 302 404 404 404 404 200 403
GET    events/                                              302 404 404 404 200 200 200
GET    patients/<uuid:patient_id>/referral.pdf              302 404 404 404 404 200 200
GET    patients/<uuid:patient_id>/looking-back/             302 404 404 404 404 200 200
GET    patients/<uuid:patient_id>/visit.pdf                 302 404 404 404 404 200 200
GET    patients/<uuid:patient_id>/diary.zip                 302 404 404 404 404 200 200
GET    patients/<uuid:patient_id>/diary.xlsx                302 404 404 404 404 200 200
GET    patients/<uuid:patient_id>/alerts/                   302 404 404 404 404 200 200
POST   alerts/<uuid:alert_id>/acknowledge/                  302 404 404 404 404 302 302
POST   alerts/<uuid:alert_id>/called-back/                  302 404 404 404 404 302 302
POST   alerts/<uuid:alert_id>/notes/                        302 404 404 404 404 302 302
POST   alerts/<uuid:alert_id>/hand-over/                    302 404 404 404 404 302 302
POST   alerts/<uuid:alert_id>/snooze/                       302 404 404 404 404 302 302
POST   alerts/<uuid:alert_id>/resolve/                      302 404 404 404 404 302 302
GET    told/                                                302 404 404 404 200 200 200
POST   told/                                                302 404 404 404 200 200 200
POST   told/always/                                         302 404 404 404 302 302 302
GET    told/worker.js                                       200 200 200 200 200 200 200
POST   told/here/                                           302 404 404 404 302 302 302
POST   told/anew/                                           204 204 204 204 204 204 204
POST   told/ways/<int:point_id>/removal/                    302 404 404 404 404 404 404
GET    clinic/                                              302 404 404 404 404 404 200
GET    clinic/figures/                                      302 404 404 404 200 200 200
GET    clinic/figures/charts.json                           302 404 404 404 200 200 200
GET    clinic/figures/months.csv                            302 404 404 404 200 200 200
GET    clinic/on-call/                                      302 404 404 404 200 200 200
POST   clinic/on-call/<str:what>/                           302 404 404 404 200 200 200
POST   clinic/on-call/<str:what>/<int:row_id>/removal/      302 404 404 404 404 404 404
GET    clinic/people/                                       302 404 404 404 404 404 200
POST   clinic/people/new/                                   302 404 404 404 404 404 200
POST   clinic/people/offers/<int:offer_id>/withdrawal/      302 404 404 404 404 404 404
GET    joining/                                             302 200 200 200 200 200 200
POST   joining/<int:offer_id>/<str:answer>/                 302 404 404 404 404 404 404
POST   clinic/people/<int:membership_id>/removal/           302 404 404 404 404 404 302
POST   clinic/people/<int:membership_id>/teams/             302 404 404 404 404 404 302
POST   clinic/teams/                                        302 404 404 404 404 404 302
POST   clinic/teams/<int:team_id>/                          302 404 404 404 404 404 302
POST   patients/<uuid:patient_id>/team/                     302 404 404 404 404 404 302
POST   clinic/invitations/<int:invitation_id>/cancellation/ 302 404 404 404 404 404 404
GET    clinic/rules/                                        302 404 404 404 404 404 200
GET    clinic/rules/<str:rule_id>/<str:setting>/            302 404 404 404 404 404 200
POST   clinic/rules/<str:rule_id>/<str:setting>/            302 404 404 404 404 404 200
POST   clinic/rules/<str:rule_id>/<str:setting>/trials/     302 404 404 404 404 404 200
GET    clinic/trials/<int:trial_id>/                        302 404 404 404 404 404 404
POST   clinic/trials/<int:trial_id>/cancellation/           302 404 404 404 404 404 404
GET    clinic/simulator/                                    302 404 404 404 404 404 200
POST   clinic/activation/                                   302 404 404 404 404 404 302
POST   clinic/invitations/                                  302 404 404 404 404 404 200
"""

TABLE = [
    Row(method, route.removeprefix("/"), tuple(map(int, statuses)))
    for method, route, *statuses in map(str.split, _TEXT.strip().splitlines())
]

_DAY = "2026-03-02"

#: What is sent where a body is needed to get past the form.
BODIES = {
    ("POST", "api/v1/alerts/<uuid:alert_id>/hand-over"): {"to": 0},
    ("POST", "api/v1/enrolments"): {"code": "0000-0000-0000-0000"},
    ("POST", "api/v1/invitations"): {"patient_name": "CANARY"},
    ("PATCH", "api/v1/me"): {},
    ("POST", "api/v1/me/consent"): {"version": consent.VERSION},
    ("POST", "api/v1/caregivers"): {"code": "0000-0000-0000-0000"},
    ("POST", "api/v1/me/clinic"): {
        "code": "0000-0000-0000-0000",
        "consent_version": consent.VERSION,
    },
    ("POST", "api/v1/me/messages/<uuid:message_id>/receipt"): {"state": "seen"},
    ("POST", "api/v1/me/patients"): {"code": "0000-0000-0000-0000"},
    ("POST", "api/v1/patients/<uuid:patient_id>/caregivers"): {"patient_agreed": True},
    ("POST", "api/v1/sync"): {"protocol": 1, "cursor": None, "changes": {}},
    ("POST", "api/v1/sync/rxdb/<str:collection>/push"): [],
    ("POST", "api/v1/quarantine/<int:quarantine_id>/resolve"): {"resolution": "x"},
    ("POST", "api/v1/patients/<uuid:patient_id>/episodes"): {},
    ("POST", "api/v1/patients/<uuid:patient_id>/messages"): {"text": "CANARY"},
    ("PATCH", "api/v1/episodes/<uuid:episode_id>"): {},
    ("POST", "api/v1/episodes/<uuid:episode_id>/exams"): {
        "examined_on": _DAY,
        "findings": [],
    },
    ("POST", "api/v1/episodes/<uuid:episode_id>/imaging"): {
        "kind": "mri",
        "performed_on": _DAY,
    },
    ("POST", "api/v1/episodes/<uuid:episode_id>/neurophysiology"): {
        "kind": "emg",
        "performed_on": _DAY,
    },
    ("POST", "api/v1/episodes/<uuid:episode_id>/treatments"): {
        "kind": "medication",
        "started_on": _DAY,
    },
    (
        "PATCH",
        "api/v1/episodes/<uuid:episode_id>/treatments/<uuid:treatment_id>",
    ): {},
    ("POST", "api/v1/episodes/<uuid:episode_id>/outcomes"): {
        "kind": "improved",
        "recorded_on": _DAY,
    },
    ("POST", "api/v1/episodes/<uuid:episode_id>/baselines"): {
        "side": "left",
        "signal": "numbness",
        "value": 2,
        "from_day": timezone.now().date().isoformat(),
        "why": "CANARY",
    },
    (
        "POST",
        "api/v1/episodes/<uuid:episode_id>/baselines/<uuid:baseline_id>/withdraw",
    ): {"why": "CANARY"},
    ("POST", "api/v1/patients/<uuid:patient_id>/rules"): {
        "rule": "R11",
        "setting": "rise_points",
        "value": 2.5,
        "expires_on": timezone.now().date().isoformat(),
        "why": "CANARY",
    },
    ("POST", "api/v1/clinics/<int:clinic_id>/rules"): {
        "rule": "R11",
        "setting": "rise_points",
        "value": 2.5,
        "why": "CANARY",
    },
    ("POST", "api/v1/alerts/<uuid:alert_id>/snooze"): {
        "until": (timezone.now() + timedelta(hours=1)).isoformat(),
        "reason": "appointment_booked",
    },
    ("POST", "api/v1/alerts/<uuid:alert_id>/resolve"): {"outcome": "false_alarm"},
}
