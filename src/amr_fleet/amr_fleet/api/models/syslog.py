"""Log servers over the API: how each of them does."""

from __future__ import annotations

from amr_fleet.api.models.base import Answer


class SyslogShown(Answer):
    """A log server since the start of the fleet. behind: entries that wait; lost: that it never gets.

    reason: of the last failure, "" = it is well; repeated: messages sent again because the line broke soon after them.
    """

    name: str
    host: str
    transport: str
    connected: bool
    sent: int
    repeated: int
    lost: int
    behind: int
    reason: str


class SyslogReceivers(Answer):
    """Answer of GET /syslog; empty when it is off."""

    receivers: list[SyslogShown]
