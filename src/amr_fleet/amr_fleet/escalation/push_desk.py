"""Which browsers show somebody's alarms, and telling all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.escalation.messages import AlarmMessage
from amr_fleet.escalation.push import VapidKey, check, content_of, send_one, topic_of
from amr_fleet.escalation.settings import PushChannel
from amr_fleet.report.texts import Lang
from amr_fleet.store.push_devices import AccountLook, PushDevice, PushDevices, device_id
from amr_fleet.webhooks.delivery import DeliveryOutcome

NO_DEVICE: Final = "switched on in no browser"


@dataclass(frozen=True)
class PushSubscription:
    """What a browser gives. session: id of the log-in it comes with; label: what its owner calls it."""

    session: str
    label: str
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class ShownDevice:
    """A browser as its owner sees it. sent 0.0 = nothing yet; error: of the last try. Times in Unix seconds.

    ended: it was switched on with another key of ours, so it is told nothing until that is done again.
    """

    id: str
    label: str
    since: float
    sent: float
    error: str
    ended: bool = False


@dataclass(frozen=True)
class PushStanding:
    """What the page shows one person. key: VAPID's public one; listed: an alarm is ever sent to this person."""

    channel: str
    key: str
    listed: bool
    devices: list[ShownDevice]


class PushDesk:
    """Browsers by account. loopback: services on this computer (tests); clock: Unix seconds."""

    def __init__(
        self,
        channel: PushChannel,
        devices: PushDevices,
        accounts: AccountLook,
        key: VapidKey,
        *,
        loopback: bool,
        clock: Callable[[], float],
    ) -> None:
        self._channel, self._devices, self._accounts, self._key = channel, devices, accounts, key
        self._loopback, self._clock = loopback, clock

    def standing(self, user: str, *, listed: bool) -> PushStanding:
        """Return what one person sees."""
        shown = [
            ShownDevice(one.id, one.label, one.since, one.sent, one.error, not one.of_key(self._key.public))
            for one in self._accounts.told(self._devices.of(user), self._clock())
        ]
        return PushStanding(self._channel.name, self._key.public, listed, shown)

    def put(self, user: str, given: PushSubscription) -> ShownDevice:
        """Tell a browser from now on. Raises request.invalid, push.too_many, auth.required."""
        check(self._channel, given.endpoint, given.p256dh, given.auth, loopback=self._loopback)
        until, stamp = self._accounts.log_in(user, given.session)
        self._of(user)  # those that are over make room
        now, made = self._clock(), device_id(given.endpoint)
        device = PushDevice(
            made,
            user,
            given.session,
            until,
            stamp,
            given.label,
            given.endpoint,
            given.p256dh,
            given.auth,
            now,
            now,
            vapid=self._key.public,
        )
        self._devices.put(device)
        return ShownDevice(made, given.label, now, 0.0, "")

    def drop(self, user: str, device: str) -> None:
        """Tell a browser nothing more. Raises escalation.not_found."""
        if not self._devices.drop(device, user):
            raise AmrError("escalation.not_found", channel=self._channel.name, person=device[:64])

    def has(self, user: str, device: str) -> bool:
        """Return whether somebody has such a browser."""
        return any(one.id == device for one in self._told(user))

    def silent(self, accounts: dict[str, str]) -> list[str]:
        """Return the people (name: account) who switched it on nowhere; none while the accounts cannot be read.

        Each open page asks this every few seconds: two transactions, and nothing is written.
        """
        try:
            reached = {one.name for one in self._told(*accounts.values())}
        except AmrError:  # mail and SMS are on that page, too
            return []
        return [person for person, account in accounts.items() if account not in reached]

    def send(self, message: AlarmMessage, event_id: str, account: str, device: str, lang: Lang) -> DeliveryOutcome:
        """Tell all browsers of an account, or one of them: taken when one took it; never raises."""
        try:
            found = [one for one in self._of(account) if device in ("", one.id)]
            if not found:
                return DeliveryOutcome("refused", NO_DEVICE)
            content, topic = content_of(message, lang), topic_of(message, event_id)
            came = [self._send_one(one, content, topic) for one in found]
        except AmrError as error:
            return DeliveryOutcome("away", f"{error.code}: {error.facts.get('reason', '')}"[:200])
        return _together(came)

    def _send_one(self, device: PushDevice, content: bytes, topic: str) -> DeliveryOutcome:
        now = self._clock()
        outcome = send_one(self._channel, self._key, device, content, topic, now, loopback=self._loopback)
        if outcome.verdict == "gone":
            self._devices.drop(device.id)
        else:
            self._devices.tried(device.id, "" if outcome.verdict == "taken" else outcome.reason, now)
        return outcome

    def _told(self, *accounts: str) -> list[PushDevice]:
        """Return the browsers of accounts that may be told."""
        return self._of_our_key(self._accounts.told(self._devices.of(*accounts), self._clock()))

    def _of_our_key(self, devices: list[PushDevice]) -> list[PushDevice]:
        """Leave out those whose service would refuse what is signed with the key of now."""
        return [one for one in devices if one.of_key(self._key.public)]

    def _of(self, account: str) -> list[PushDevice]:
        """Return the browsers of an account that may be told; those that may not any more are forgotten.

        Those of another key of ours are kept for as long, so that their owner reads why nothing comes.
        """
        found = self._devices.of(account)
        left = self._accounts.told(found, self._clock())
        for device in found:
            if device not in left:
                self._devices.drop(device.id)
        return self._of_our_key(left)

    def close(self) -> None:
        """Close the databases."""
        self._devices.close()
        self._accounts.close()


def _together(came: list[DeliveryOutcome]) -> DeliveryOutcome:
    """Return what came of it for the message: who was told once is not told again because another browser was not."""
    taken = next((one for one in came if one.verdict == "taken"), None)
    if taken is not None:
        return taken
    # One service that answers shows that the internet is there: then the channel is not left alone.
    answered = next((one for one in came if one.verdict != "away"), None)
    worst = answered or came[0]
    return DeliveryOutcome("away" if answered is None else "refused", worst.reason, max(one.wait for one in came))
