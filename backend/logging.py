"""What a log line may contain: events, ids, counts, codes and times; never a person.

A line holds the event's fixed text and fields from an allow-list. The values that a
library formats into its text are left out, and of an exception only its type and the
places in the code are kept, because its message may quote what a patient wrote.
"""

from __future__ import annotations

import logging
import logging.config
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from pythonjsonlogger.json import JsonFormatter


#: Endings of field names that may be logged.
ALLOWED_ENDINGS: Final = (
    "_id",
    "_count",
    "_code",
    "_ms",
    "_seconds",
    "_version",
    "_seq",
)

#: Other field names that may be logged.
ALLOWED_NAMES: Final = frozenset(
    {
        "channel",
        "code",
        "collection",
        "command",
        "count",
        "error",
        "id",
        "method",
        "name",
        "outcome",
        "route",
        "rule",
        "runtime",
        "seq",
        "state",
        "status",
        "step",
        "task",
        "tier",
        "version",
    }
)

#: A text value is logged only when it looks like an id, a code or a route: no spaces
#: as in a sentence, no @ as in an address.
PLAIN: Final = re.compile(r"[\w.:/<>^$?()\[\]+*\\-]{1,120}", re.ASCII)

#: A request id that we accept from a proxy.
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")

WITHHELD: Final = "[withheld]"

_request_id: ContextVar[str] = ContextVar("request_id", default="")
_known_attributes: Final = frozenset(vars(logging.makeLogRecord({})))


def request_id() -> str:
    """Return the id of the request or task that is being worked on."""
    return _request_id.get()


def begin(proposed: str | None) -> str:
    """Start a request or task under the proposed id, or a new one, and return it."""
    chosen = proposed if proposed and REQUEST_ID.fullmatch(proposed) else uuid4().hex
    _request_id.set(chosen)
    return chosen


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return everything of a record that may be written down."""
    fields: dict[str, Any] = {
        "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
        "level": record.levelname,
        "logger": record.name,
        "event": _event(record),
    }
    if request_id():
        fields["request_id"] = request_id()
    fields |= _extras(record)
    if record.exc_info and record.exc_info[0]:
        fields["exception"] = record.exc_info[0].__name__
        fields["stack"] = _frames(record)
    return fields


def _event(record: logging.LogRecord) -> str:
    """Return the fixed text's first line, with arguments only if all are numbers."""
    if (
        isinstance(record.args, tuple)
        and record.args
        and all(isinstance(value, (int, float)) for value in record.args)
    ):
        return record.getMessage()
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    return (record.msg.strip().splitlines() or [""])[0]


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    """Return the allowed fields, out of `extra=` and of a mapping of arguments."""
    offered = {k: v for k, v in vars(record).items() if k not in _known_attributes}
    if isinstance(record.args, dict):
        offered |= record.args
    return {name: _plain(value) for name, value in offered.items() if _allowed(name)}


def _allowed(name: str) -> bool:
    return name in ALLOWED_NAMES or name.endswith(ALLOWED_ENDINGS)


def _plain(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (UUID, date)):
        return str(value)
    if isinstance(value, str) and PLAIN.fullmatch(value):
        return value
    return WITHHELD


def _frames(record: logging.LogRecord) -> list[str]:
    """Return file, line and function of each step, without values and messages."""
    frames = traceback.extract_tb(record.exc_info[2]) if record.exc_info else []
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


class JsonLines(JsonFormatter):
    """One JSON object for each line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the allowed fields as JSON."""
        return self.jsonify_log_record(fields_of(record))


class Readable(logging.Formatter):
    """One plain line, for a person at a terminal; the same fields are allowed."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the allowed fields as text."""
        fields = fields_of(record)
        stack = fields.pop("stack", [])
        clock = fields.pop("timestamp")[11:19]
        head = f"{clock} {fields.pop('level'):<7} {fields.pop('event')}"
        tail = " ".join(f"{name}={value}" for name, value in fields.items())
        return "\n    ".join([f"{head}  {tail}", *stack])


def configuration(*, readable: bool, level: str) -> dict[str, Any]:
    """Return the LOGGING setting."""
    formatter = "backend.logging.Readable" if readable else "backend.logging.JsonLines"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line"}
        },
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            # Django adds handlers of its own to these two; one line is enough.
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # Our access log says it already, without the path.
            "django.request": {"level": "ERROR"},
            # Its lines quote SQL and values.
            "django.db.backends": {"level": "ERROR"},
            "celery": {"level": "WARNING"},
            # "Task succeeded", with its name and run time: for machines that read.
            "celery.app.trace": {"level": "WARNING" if readable else level},
            **{
                name: {"level": level}
                for name in ("backend", "tracker", "analytics", "alerts", "dashboard")
            },
        },
    }


def configure(setting: dict[str, Any]) -> None:
    """Apply the LOGGING setting, in a worker as in the web server."""
    logging.config.dictConfig(setting)
