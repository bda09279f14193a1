"""The factsheet of one robot at its master: kept for the next start, held against the type that the site gives it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from amr_core.errors import AmrError
from amr_core.robots import RobotType
from amr_core.vda5050 import RobotError
from amr_interop.vda import decode
from amr_interop.vda.fitting import misfits, unread
from amr_interop.vda.messages import Factsheet
from amr_interop.vda.reading import Record, parse
from amr_interop.vda.sent import Shelf


class Sheets:
    """What is known of one robot. sheet: heeded now; wrong: errors about it; heard: it came since this start."""

    def __init__(
        self, robot: str, address: tuple[str, str], shelf: Shelf, kind: RobotType | None, counts: Counter[str],
        carried: Collection[str] = (),
    ) -> None:  # fmt: skip
        self._robot = robot
        self._shelf = shelf
        self._kind = kind
        self._carried = carried
        self._counts = counts
        self.sheet = Factsheet()
        self.wrong: tuple[RobotError, ...] = ()
        self.heard = False
        self._kept = shelf.load_sheet(robot)
        try:
            if self._kept:
                record = parse("factsheet", self._kept)
                head, sheet = decode.factsheet(record)
                if (head.manufacturer, head.serial) == address:  # else it is of the robot that had this name before
                    self._set(sheet)
        except AmrError as error:
            counts[error.code] += 1  # the robot says it again when it is asked

    def take(self, record: Record, payload: bytes) -> None:
        """Take what the robot says; raises message.invalid, and what was known before stays."""
        self._set(decode.factsheet(record)[1])
        if self.sheet.unread:
            self._counts["message.invalid"] += 1
        self.heard = True
        if payload != self._kept:
            self._kept = payload
            try:
                self._shelf.save_sheet(self._robot, payload)
            except OSError:
                self._counts["store.failed"] += 1  # it can be asked for; what was sent cannot, and that is not let pass

    def failed(self, error: AmrError) -> None:
        """Take that what the robot said cannot be read."""
        self.wrong = (*misfits(self.sheet, self._kind, self._carried), unread(str(error.facts.get("reason", error))))

    @property
    def unfit(self) -> bool:
        """It gets no orders."""
        return any(error.level == "FATAL" for error in self.wrong)

    def _set(self, sheet: Factsheet) -> None:
        self.sheet, self.wrong = sheet, misfits(sheet, self._kind, self._carried)
