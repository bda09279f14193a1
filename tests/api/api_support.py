"""Names that the API tests share."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future
from contextlib import AbstractAsyncContextManager

import httpx
import structlog
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from amr_core.errors import AmrError
from amr_fleet.whatif.foresee import foresee
from amr_fleet.whatif.scenario import ForeseenAnswer, Question
from amr_fleet.whatif.service import WhatIf

PASSWORD = "correct-horse-battery"
FAST = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))  # the tests are not about its cost
Connect = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


def plain_logs() -> None:
    """Log without locals: structlog's own default prints those of every frame, which takes half a minute here."""
    render = structlog.processors.JSONRenderer(default=str)
    structlog.reset_defaults()
    structlog.configure(processors=[structlog.processors.format_exc_info, render])


class WhatIfHere(WhatIf):
    """Answers at once, in this process."""

    def ask(self, question: Question) -> Future[ForeseenAnswer]:
        """Return the answer, which is there."""
        answer: Future[ForeseenAnswer] = Future()
        try:
            answer.set_result(foresee(question))
        except AmrError as error:
            answer.set_exception(error)
        return answer


class WhatIfBusy(WhatIf):
    """Never comes to answer: something else stands before every question."""

    def ask(self, question: Question) -> Future[ForeseenAnswer]:
        """Return what does not come."""
        return Future()


class WhatIfDead(WhatIf):
    """Its process dies whenever it is asked."""

    SAYS = "the what-if process died 7 times: killed"

    @property
    def trouble(self) -> str:
        """Why there are no answers."""
        return self.SAYS

    def ask(self, question: Question) -> Future[ForeseenAnswer]:
        """Return that there is none."""
        answer: Future[ForeseenAnswer] = Future()
        answer.set_exception(BrokenExecutor("killed"))
        return answer
