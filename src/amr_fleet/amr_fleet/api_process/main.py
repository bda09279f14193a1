"""The process of API and dashboard: `python -m amr_fleet.api_process.main LINK LISTENER` (inherited sockets).

It lives as long as the engine's process: it ends when the link does, and the kernel ends it with its parent. It may
take so much memory, and is among the first that the kernel ends when memory runs out.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from amr_core.child_process import die_with_starter, stay_small
from amr_core.heap import imports_stay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amr_fleet.api_process.setup import ApiSetup

# chosen: an engine that starts reads its journal first (100,000 entries in seconds); longer hides a stuck one
_NEWS_SECONDS: Final = 60.0


def main() -> None:
    """Serve until the link ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the engine's process ends it, in order
    die_with_starter()
    link, listener = (socket.socket(fileno=int(number)) for number in sys.argv[1:3])
    for one in (link, listener):
        one.set_inheritable(False)
    _begin(link, listener)
    os._exit(0)  # requests under way in threads are answered to nobody


def _begin(link: socket.socket, listener: socket.socket) -> None:
    # After the signals: the imports take seconds, and Ctrl-C in them would show a traceback.
    import pickle

    from amr_core.errors import AmrError
    from amr_fleet.api_process.frames import FAILED, SETUP, LinkGoneError, receive, send
    from amr_fleet.logs import configure_logs

    configure_logs()
    try:
        kind, content = receive(link)
        if kind != SETUP:
            raise SystemExit("the first frame is not what to serve")
        setup, calls = pickle.loads(content)  # from the engine's process, which started this one
        _serve(link, listener, setup, calls)
    except AmrError as error:
        send(link, FAILED, json.dumps({"code": error.code, "facts": error.facts}).encode())
        raise SystemExit(1) from error
    except LinkGoneError:
        return  # the engine's process ended meanwhile


def _serve(link: socket.socket, listener: socket.socket, setup: ApiSetup, calls: Sequence[str]) -> None:
    from amr_fleet.api_process.calls import CAMERAS, ESCALATION, ROBOTS, SYSLOG, TREE, WEBHOOKS
    from amr_fleet.api_process.desks import (
        RemoteCameras,
        RemoteEscalation,
        RemoteRobots,
        RemoteSyslog,
        RemoteWebhooks,
    )
    from amr_fleet.api_process.frames import UP
    from amr_fleet.api_process.remote import RemoteFleet
    from amr_fleet.api_process.serving import EngineParts, serve
    from amr_fleet.store.journal import JournalStore
    from amr_fleet.store.tracks import TrackStore

    imports_stay()
    fleet = RemoteFleet(link)
    fleet.wait(_NEWS_SECONDS)
    desks = {name.partition(".")[0] for name in calls}
    parts = EngineParts(
        fleet=fleet, journal=JournalStore(setup.database, Path(setup.evidence) if setup.evidence else None),
        tracks=TrackStore(setup.tracks) if setup.tracks else None,
        cameras=TrackStore(setup.tracks, table="cameras") if setup.tracks else None, tree=lambda: fleet.call(TREE),
        webhooks=RemoteWebhooks(fleet.call) if WEBHOOKS in desks else None,
        escalation=RemoteEscalation(fleet.call) if ESCALATION in desks else None,
        syslog=RemoteSyslog(fleet.call) if SYSLOG in desks else None,
        camera_desk=RemoteCameras(fleet.call) if CAMERAS in desks else None,
        robot_desk=RemoteRobots(fleet.call) if ROBOTS in desks else None,
    )  # fmt: skip
    stay_small(setup.mebibytes, oom_score=500)
    serving = serve(setup, parts, listener=listener, turned=fleet.beat)
    gc.collect()
    gc.freeze()  # what the imports made is for good: looking through it again took a third of the process's CPU
    fleet.tell(UP, json.dumps(serving.login).encode())
    fleet.gone.wait()
    serving.stop()


if __name__ == "__main__":
    main()
