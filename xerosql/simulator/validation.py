"""Bodies of writes: read field by field, every complaint kept, all of them answered together as a 400."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, NoReturn

import msgspec

from .clock import read_moment
from .exchange import Refused, invalid
from .ids import is_uuid
from .state import CHARGE_TYPES, PROJECT_STATES, ZERO, Organisation, Project

LONGEST_NAME = 100  # characters; of a task. A project's limit is not documented, so none is enforced
LONGEST_DURATION = 59_940  # minutes, which is 999 hours
LARGEST_AMOUNT = Decimal(10) ** 12  # beyond any real rate; keeps totals well inside the precision they are computed in
LONGEST_ESTIMATE = 2_147_483_647  # minutes: a 32-bit integer on the other side

decode = msgspec.json.Decoder(float_hook=Decimal).decode


class TaskFields(NamedTuple):
    name: str
    charge_type: str
    rate: Decimal
    estimate_minutes: int | None


class TimeFields(NamedTuple):
    user_id: str
    task_id: str
    date_utc: str
    duration: int
    description: str | None


class ProjectFields(NamedTuple):
    name: str
    contact_id: str
    deadline_utc: str | None
    estimate: Decimal | None


class Draft:
    """A body being read. Names are taken exactly as documented; null is the same as absent; extra names are ignored."""

    def __init__(self, body: bytes) -> None:
        self._complaints: dict[str, list[str]] = {}
        self._fields = self._parse(body)

    def _parse(self, body: bytes) -> dict[str, Any]:
        try:
            content = decode(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):  # not JSON, not UTF-8, or nested without end
            refuse("model", "The body is not JSON that can be read.")
        if not isinstance(content, dict):
            refuse("model", "The body is not a JSON object.")
        return {name: value for name, value in content.items() if value is not None}

    def complain(self, name: str, sentence: str) -> None:
        self._complaints.setdefault(f"model.{name[0].upper()}{name[1:]}", []).append(sentence)

    def settle(self) -> None:
        """Refuse the request if anything was wrong with it."""
        if self._complaints:
            raise Refused(invalid(self._complaints))

    def text(self, name: str) -> str:
        """A text that must be there and hold more than spaces."""
        value = self._fields.get(name, "")
        if isinstance(value, str) and value.strip():
            return value
        self.complain(name, f"{name} must be a text and must not be empty.")
        return ""

    def free_text(self, name: str) -> str | None:
        value = self._fields.get(name)
        if value is None or isinstance(value, str):
            return value
        self.complain(name, f"{name} must be a text.")
        return None

    def identifier(self, name: str, known: set[str], kind: str) -> str:
        value = self._fields.get(name)
        if not isinstance(value, str) or not is_uuid(value):
            self.complain(name, f"{name} must be an identifier.")
        elif value.lower() not in known:
            self.complain(name, f"{name} names no {kind}.")
        else:
            return value.lower()
        return ""

    def whole(self, name: str) -> int | None:
        value = self._fields.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.complain(name, f"{name} must be a whole number.")
        return None

    def amount(self, name: str, value: Any) -> Decimal:
        """A number that is not negative; one in quotes will do, as in Xero's own example of a project."""
        try:
            number = value if isinstance(value, Decimal) else Decimal(_numeric(value))
        except (InvalidOperation, TypeError):
            self.complain(name, f"{name} must be a number.")
            return ZERO
        if not (number.is_finite() and 0 <= number <= LARGEST_AMOUNT):
            self.complain(name, f"{name} must be between 0 and {LARGEST_AMOUNT}.")
            return ZERO
        return number

    def optional_amount(self, name: str) -> Decimal | None:
        value = self._fields.get(name)
        return None if value is None else self.amount(name, value)

    def moment(self, name: str) -> str | None:
        value = self._fields.get(name)
        if value is None:
            return None
        try:
            return read_moment(value)
        except (TypeError, ValueError, OverflowError):
            self.complain(name, f"{name} must be an ISO 8601 time.")
            return None

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self._fields.get(name)
        if value in allowed:
            return str(value)
        self.complain(name, f"{name} must be one of {', '.join(allowed)}.")
        return ""

    def nested(self, name: str) -> dict[str, Any]:
        value = self._fields.get(name)
        if isinstance(value, dict):
            return value
        self.complain(name, f"{name} must be given.")
        return {}


def read_task(body: bytes, organisation: Organisation) -> TaskFields:
    draft = Draft(body)
    name = draft.text("name")
    if len(name) > LONGEST_NAME:
        draft.complain("name", f"A task's name has at most {LONGEST_NAME} characters.")
    charge_type = draft.choice("chargeType", CHARGE_TYPES)
    rate = _read_rate(draft, organisation, charge_type)
    estimate = draft.whole("estimateMinutes")
    if estimate is not None and not 0 < estimate <= LONGEST_ESTIMATE:
        draft.complain("estimateMinutes", f"An estimate must be between 1 and {LONGEST_ESTIMATE} minutes.")
    draft.settle()
    return TaskFields(name, charge_type, rate, estimate)


def _read_rate(draft: Draft, organisation: Organisation, charge_type: str) -> Decimal:
    """A rate is asked for even where nothing is charged; its currency must be the organisation's."""
    given = draft.nested("rate")
    if not given:
        return ZERO
    rate = draft.amount("rate.Value", given.get("value"))
    if given.get("currency") != organisation.currency:
        draft.complain("rate.Currency", f"The rate must be in the project's currency, {organisation.currency}.")
    if charge_type == "NON_CHARGEABLE" and rate:
        draft.complain("rate.Value", "A task that is not charged has a rate of 0.")
    return rate


def read_time(body: bytes, organisation: Organisation, project: Project) -> TimeFields:
    draft = Draft(body)
    user_id = draft.identifier("userId", {user.user_id for user in organisation.users}, "user of the organisation")
    task_id = draft.identifier("taskId", set(project.tasks), "task of the project")
    date = draft.moment("dateUtc")
    duration = draft.whole("duration")
    if date is None:
        draft.complain("dateUtc", "dateUtc must be given.")
    if duration is None or not 1 <= duration <= LONGEST_DURATION:
        draft.complain("duration", f"A duration is between 1 and {LONGEST_DURATION} minutes.")
    description = draft.free_text("description")
    draft.settle()
    return TimeFields(user_id, task_id, date or "", duration or 0, description)


def read_project(body: bytes, organisation: Organisation, current: Project | None) -> ProjectFields:
    """A contact is needed to create a project. On an update it is read and ignored: it cannot be changed any more."""
    draft = Draft(body)
    name = draft.text("name")
    contact_id = current.contact_id if current else _read_contact(draft, organisation)
    deadline, estimate = draft.moment("deadlineUtc"), draft.optional_amount("estimateAmount")
    draft.settle()
    return ProjectFields(name, contact_id, deadline, estimate)


def _read_contact(draft: Draft, organisation: Organisation) -> str:
    """Whom a new project is for. Xero takes no work for archived contacts; the sentence it says so in is not known."""
    contacts = {each.contact_id: each for each in organisation.contacts}
    contact_id = draft.identifier("contactId", set(contacts), "contact")
    if contact_id and contacts[contact_id].archived:
        draft.complain("contactId", f"The contact {contacts[contact_id].name} is archived.")
    return contact_id


def read_status(body: bytes) -> str:
    draft = Draft(body)
    status = draft.choice("status", PROJECT_STATES)
    draft.settle()
    return status


def refuse(field: str, sentence: str) -> NoReturn:
    """Answer 400 with one complaint."""
    raise Refused(invalid({field: [sentence]}))


def _numeric(value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    return value
