"""What to do about a task that is not completed, and an organisation that is paused: one text for all who show it.

docs/queue.md has it as Markdown, the web page at /help, and `xerosql queue show` prints the part that matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from xerosql.queue.model import Code, Reason


@dataclass(frozen=True, slots=True)
class Advice:
    """What a word of the queue means to the person who reads it, and what they can do, most likely first."""

    name: str
    heading: str
    happened: str
    remedies: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """A name for links to it."""
        return self.name.replace(" ", "-")


_CODES = (
    Advice(
        Code.VALIDATION,
        "Xero refused what was sent",
        "Xero read the request and would not have it. The error message has Xero's own words; nothing was changed "
        "there, and sending the same again would end the same way.",
        (
            "Read which value Xero minds. A contact may be archived, a user may have left, a rate may be in another "
            "currency than the project, a task may be on an invoice already.",
            "If the value is wrong here, edit the task's Parameters and retry it.",
            "If it is Xero that needs mending (restore the contact, move the time that is logged on a task that is to"
            " be deleted), do that in Xero and retry the task as it is.",
            "If it is not wanted any more, cancel it: what needs its row is skipped then. Skipping it does the same, "
            "and says that it was left out on purpose.",
        ),
    ),
    Advice(
        Code.FORBIDDEN,
        "Xero does not allow it",
        "The sign-in lacks a scope for this, or the organisation's plan does not include the product, such as "
        "Projects. Nothing was changed.",
        (
            "Run `xerosql doctor`: it says which scopes are there and which are missing.",
            "Sign in again with what is needed, such as `xerosql login --schemas projects`, then retry the task.",
            "If the organisation's plan does not have the product, cancel its tasks.",
        ),
    ),
    Advice(
        Code.NOT_FOUND,
        "What it is about is not there",
        "The row that was to be changed or deleted, or the one that a new row belongs to, is not in this organisation"
        " any more.",
        (
            "If somebody has deleted the row and that is all right, cancel the task; of a deletion you can also say "
            "that it did happen.",
            "If the id is wrong, edit Parameters. The id of the row itself stays: for another row, cancel this task "
            "and write the statement anew.",
            "If the task went to the wrong organisation, cancel it and write the statement with the right TenantId.",
        ),
    ),
    Advice(
        Code.CONFLICT,
        "The row is not as it was expected",
        "Somebody else changed the row at the same time, or it is locked, so Xero kept it as it was.",
        (
            "Look at the row in Xero. If the change still makes sense, retry: the row is read anew before it is sent.",
            "If the row is locked, unlock it in Xero first.",
        ),
    ),
    Advice(
        Code.UNEXPECTED,
        "Xero answered in a way that is not known",
        "The answer has a status that is not documented, or cannot be read. Nothing says that the request was applied.",
        (
            "Look in Xero whether it was applied. If so, say that it did happen.",
            "If not, retry it. If it happens again, Xero's support can find the request by its correlation id.",
        ),
    ),
    Advice(
        Code.SERVER,
        "Xero had trouble of its own",
        "The server failed, and went on failing each time the task was sent. While attempts are left it is sent again"
        " by itself; it is Failed when they are used up.",
        (
            "See <https://status.xero.com>. Once Xero is well again, retry the task.",
            "If only this task fails so, look at what it sends: a value may be one that trips the server.",
        ),
    ),
    Advice(
        Code.UNKNOWN,
        "Nobody knows whether Xero has it",
        "The request left and no answer came back, so the row may be there or not. Sending it again blindly could "
        "create it a second time. A worker looks for it by itself where that can be told; this one needs your eyes, "
        "or is still being looked for (it waits for recovery).",
        (
            "Look in Xero for the row. The error message lists rows that may be the one.",
            "If it is there, say that it did happen, with its id: that is checked with Xero, and what waits for it "
            "goes on.",
            "If it is not there, say so and send it again (Resolution absent).",
            "If it does not matter any more, cancel it.",
        ),
    ),
    Advice(
        Code.DUPLICATE,
        "Xero has the row twice",
        "Two answers came for one task, each with a row of its own. Both ids are in the error message.",
        ("Keep one and delete the other in Xero. Then say that it did happen, with the id of the one that you kept.",),
    ),
    Advice(
        Code.CONNECTION,
        "The network is down",
        "Xero could not be reached, or the line broke. The task is sent again by itself, however often it takes.",
        (
            "Nothing, if the network comes back. `xerosql doctor` says whether Xero can be reached from this machine.",
            "To send it at once instead of after the delay, retry it.",
        ),
    ),
    Advice(
        Code.INVALID,
        "It cannot be sent as it is",
        "A check before sending found what Xero would refuse: a value that is missing or does not fit, a row that "
        "cannot be changed any more because it is on an invoice. Nothing was sent.",
        (
            "The error message names the column and the rule. Edit Parameters and retry.",
            "If the row in Xero is in the way, mend that there and retry.",
        ),
    ),
    Advice(
        Code.DEPENDENCY,
        "It needs a row that will not be created",
        "The task that was to create a row which this one names was cancelled or skipped, so this one was skipped too.",
        (
            "Retry the task that it needs: this one opens again with it.",
            "Or edit this one so that it names another row, and retry it.",
        ),
    ),
    Advice(
        Code.WORKER,
        "Workers died of it",
        "Three workers ended without warning while they prepared this task, before anything was sent.",
        (
            "Look at the workers' logs and at the machine's memory. Then retry the task.",
            "If it happens again, please report it with the task's type and Parameters.",
        ),
    ),
)

_REASONS = (
    Advice(
        Reason.RATE_LIMIT,
        "The quota of calls is used up",
        "Xero takes 60 calls a minute and a day's number of calls from each organisation. Tasks wait until it takes "
        "more.",
        (
            "Nothing: it goes on by itself at the time that is shown. A higher plan of the app at Xero has more calls"
            " a day.",
        ),
    ),
    Advice(
        Reason.AUTHORISATION,
        "The sign-in does not work",
        "The token was refused, or the organisation is not connected to the app any more. Tasks wait, none has failed.",
        ("Run `xerosql login` on the machine of the worker. A worker that starts resumes the organisation by itself.",),
    ),
    Advice(
        Reason.OFFLINE,
        "The organisation is offline",
        "Xero said that it cannot serve the organisation just now. It is asked again every five minutes.",
        ("Nothing, or see <https://status.xero.com>.",),
    ),
    Advice(
        Reason.ATTENTION,
        "Ten tasks in a row failed in the same way",
        "Something is wrong with more than one task, so the others were spared: nothing is sent until somebody looks.",
        ("Mend what the failed tasks have in common, then resume the organisation.",),
    ),
    Advice(
        Reason.PAUSED,
        "Somebody paused it",
        "A person paused the organisation, or switched off this type of tasks.",
        ("Resume the organisation, or switch the type on, when the time has come.",),
    ),
)

#: By error code, and by the reason of a pause.
ADVICE: Mapping[str, Advice] = MappingProxyType({each.name: each for each in (*_CODES, *_REASONS)})


def codes() -> tuple[Advice, ...]:
    """One for each error code, in the order of Code."""
    return _CODES


def reasons() -> tuple[Advice, ...]:
    """One for each reason of a pause, in the order of Reason."""
    return _REASONS


def markdown(level: int = 2) -> str:
    """All of it as Markdown, its headings at this level and the one below."""
    return "\n".join(_markdown_lines("#" * level))


def _markdown_lines(marks: str) -> Iterator[str]:
    for title, advices in (("Tasks that are not completed", _CODES), ("Organisations that are paused", _REASONS)):
        yield f"{marks} {title}\n"
        for each in advices:
            yield f'<a id="{each.anchor}"></a>\n'
            yield f"{marks}# {each.heading} (`{each.name}`)\n"
            yield f"{each.happened}\n"
            yield from (f"* {remedy}" for remedy in each.remedies)
            yield ""
