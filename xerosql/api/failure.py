"""What became of a request that got no answer.

Every reason has its sentence. What retrying needs to know is one thing only: could Xero have seen the request?
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xerosql.api.request import Response
from xerosql.errors import InterfaceError, OperationalError


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer, or none that can be used.

    `sent` is False only where the request cannot have reached Xero, so that sending it again cannot double it.
    `permanent` failures would repeat themselves. `misuse` is a setting that no server could have answered; its `cause`
    is left out, because such exceptions quote the header or URL they complain about.
    """

    sentence: str
    sent: bool
    permanent: bool = False
    misuse: bool = False
    cause: BaseException | None = field(default=None, repr=False, compare=False)

    def error(self) -> InterfaceError | OperationalError:
        """The PEP 249 error, chained to what the library below reported."""
        if self.misuse:
            return InterfaceError(self.sentence)
        error = OperationalError(self.sentence, retryable=not self.permanent)
        error.__cause__ = self.cause
        return error


Outcome = Response | Failure
"""What one attempt ends with: a value and not an exception, so that deciding what comes next stays a pure function."""


def was_sent(outcome: Outcome) -> bool:
    """Whether Xero may have seen the request, and so counted it."""
    return isinstance(outcome, Response) or outcome.sent
