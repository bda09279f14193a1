"""The computers of a test: network namespaces with an address, a /dev/shm and processes of their own. Needs root.

Nothing leaves them: a namespace has no device but loopback and the tap that ends in the test's switch.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import re
import shutil
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from tests.hosts.nat import Nat, Translator
from tests.hosts.switch import Port, Switch

Found = TypeVar("Found")
ROOT: Final = Path(__file__).resolve().parents[2]
PREFIX: Final = "amrhost"
DEVICE: Final = "wlan0"
_NETNS: Final = Path("/run/netns")
_TUN: Final = Path("/dev/net/tun")
_TUNSETIFF, _IFF_TUN, _IFF_TAP, _IFF_NO_PI = 0x400454CA, 0x0001, 0x0002, 0x1000
_CLONE_NEWNET: Final = 0x40000000


def lacking() -> str:
    """Return why there can be no namespaces here, "" when there can."""
    if os.geteuid() != 0:
        return "needs root: network namespaces and tap devices"
    if (missing := next((word for word in ("ip", "setpriv") if shutil.which(word) is None), "")) != "":
        return f"needs {missing}: apt install iproute2 util-linux"
    if not _TUN.exists():
        return f"needs {_TUN}: modprobe tun"
    name = f"{PREFIX}-{os.getpid()}-probe"
    tap = ["ip", "-n", name, "tuntap", "add", "dev", DEVICE, "mode", "tap"]
    made = [subprocess.run(call, capture_output=True, text=True) for call in (["ip", "netns", "add", name], tap)]
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    wrong = next((one.stderr.strip() for one in made if one.returncode != 0), "")
    return f"needs network namespaces and taps: {wrong[:100]}" if wrong else ""


def sweep() -> None:
    """Remove what tests that were killed have left: namespaces with the number of a process that is no more."""
    names = [path.name for path in _NETNS.glob(f"{PREFIX}-*")] if _NETNS.is_dir() else []
    for name in names:
        found = re.fullmatch(rf"{PREFIX}-(\d+)-.*", name)
        if found and not Path(f"/proc/{found[1]}").exists():
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


class Process:
    """A process of a computer, with all that it has started; its words are in a file."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True, cwd=ROOT,
            )  # fmt: skip

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def words(self) -> str:
        """The end of what it said."""
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def end(self, number: signal.Signals = signal.SIGTERM, patience: float = 10.0) -> None:
        """End it; SIGKILL as a computer without power: everything that it has started ends with it."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10.0)


class Host:
    """One computer. address: 10.77.WIRE.N; space: before its name, where two networks have one. Its link is down."""

    def __init__(self, switch: Switch, name: str, address: str, wire: str, folder: Path, space: str = "") -> None:
        self.name, self.address, self.folder = name, address, folder
        self.space = f"{PREFIX}-{os.getpid()}-{space}{name}"
        self.processes: list[Process] = []
        folder.mkdir(parents=True, exist_ok=True)
        _run("ip", "netns", "add", self.space)
        self._ip("link", "set", "lo", "up")
        self.gateway = ""
        self.port = self.plug(switch, DEVICE, wire)

    def _ip(self, *words: str) -> None:
        _run("ip", "-n", self.space, *words)

    def plug(self, switch: Switch, device: str, wire: str) -> Port:
        """Add a device at a wire of the switch, down as yet."""
        fd = self.call(lambda: _tap(device))
        self.call(lambda: _no_ipv6(device))
        return switch.plug(f"{self.name}:{device}", fd, wire)

    def join(self, address: str = "", device: str = DEVICE) -> None:
        """Come to the network, with another address than before where one is given."""
        if device == DEVICE:
            self.address = address or self.address
        self._ip("link", "set", device, "up")
        self._ip("addr", "flush", "dev", device)
        self._ip("addr", "add", f"{address or self.address}/24", "dev", device)
        if self.gateway:
            self._ip("route", "replace", "default", "via", self.gateway)

    def tune(self, setting: str, value: int) -> None:
        """Write a setting of this computer's network, as net.ipv4.tcp_mtu_probing."""
        self.call(lambda: Path("/proc/sys", *setting.split(".")).write_text(str(value)))

    def call(self, work: Callable[[], Found]) -> Found:
        """Return what work returns in this computer's network: sockets that it opens are here."""
        results: list[Found] = []
        faults: list[BaseException] = []

        def inside() -> None:
            try:
                with (_NETNS / self.space).open() as space:
                    if ctypes.CDLL(None, use_errno=True).setns(space.fileno(), _CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
                results.append(work())
            except BaseException as fault:  # carried over to the caller
                faults.append(fault)

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        if faults:
            raise faults[0]
        return results[0]

    def start(self, name: str, *command: str, **environment: str) -> Process:
        """Start a command here; what it says goes to NAME.log of the computer's folder."""
        inner = 'mount -t tmpfs -o size=256m shm /dev/shm && exec "$@"'
        call = [
            "ip", "netns", "exec", self.space, "setpriv", "--pdeathsig", "KILL", "sh", "-c", inner, "sh", *command,
        ]  # fmt: skip
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("ROS_", "AMR_"))}
        process = Process(call, {**kept, **environment}, self.folder / f"{name}.log")
        self.processes.append(process)
        return process

    def close(self) -> None:
        """End what runs here and remove the namespace."""
        for process in self.processes:
            process.end(signal.SIGKILL)
        self._end_rest()
        subprocess.run(["ip", "netns", "del", self.space], capture_output=True)

    def freeze(self, seconds: float) -> None:
        """Stop every process of it, as a computer that swaps or whose machine is paused; they go on after that."""
        pids = self._pids()
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            time.sleep(seconds)
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def _pids(self) -> list[int]:
        found = subprocess.run(["ip", "netns", "pids", self.space], capture_output=True, text=True)
        return [int(pid) for pid in found.stdout.split()]

    def _end_rest(self) -> None:
        """Grandchildren die with their parents, a moment later; nobody may be left in a namespace that is removed."""
        end = time.monotonic() + 5.0
        while pids := self._pids():
            if time.monotonic() > end:
                for pid in pids:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                return
            time.sleep(0.05)


class Network:
    """Computers around one switch. Use as a context manager: all is gone afterwards, also after a failure."""

    def __init__(self, folder: Path, seed: int = 1, prefix: str = "") -> None:
        """prefix: of its computers' namespaces, for two networks of one process at a time."""
        sweep()
        self.folder, self._prefix = folder, prefix
        self.switch = Switch(seed)
        self.hosts: dict[str, Host] = {}
        self.nats: list[Nat] = []
        self._numbers = 0

    def __enter__(self) -> Network:
        return self

    def __exit__(self, *exc: object) -> None:
        for host in self.hosts.values():
            host.close()
        for nat in self.nats:
            nat.close()
        self.switch.close()

    def host(self, name: str, *, wire: int = 0, late: bool = False, behind: Host | None = None) -> Host:
        """Return a new computer on a wire; behind: the router that leads to the other wires."""
        self._numbers += 1
        address = f"10.77.{wire}.{self._numbers}"
        made = Host(self.switch, name, address, str(wire), self.folder / name, self._prefix)
        self.hosts[name] = made
        made.gateway = f"10.77.{wire}.{behind.address.rpartition('.')[2]}" if behind is not None else ""
        if not late:
            made.join()
        return made

    def router(self, *wires: int) -> Host:
        """Return a computer on several wires that passes packets on between them, without multicast."""
        made = self.host("router", wire=wires[0])
        number = made.address.rpartition(".")[2]
        for wire in wires[1:]:
            device = f"eth{wire}"
            made.plug(self.switch, device, str(wire))
            made.join(f"10.77.{wire}.{number}", device)
        made.tune("net.ipv4.ip_forward", 1)
        return made

    def hide(self, router: Host, wire: int) -> Translator:
        """Have a router hide the computers of a wire behind an address of its own on its first wire (10.77.0.200)."""
        outside = f"{router.address.rpartition('.')[0]}.200"
        translator = Translator(outside, f"10.77.{wire}.0")
        fd = router.call(lambda: _device("nat0", _IFF_TUN))
        for words in (
            ("link", "set", "nat0", "up"), ("route", "add", f"{outside}/32", "dev", "nat0"),
            ("rule", "add", "iif", f"eth{wire}", "lookup", "100"),
            ("route", "add", "default", "dev", "nat0", "table", "100"),
        ):  # fmt: skip
            _run("ip", "-n", router.space, *words)
        router.tune(f"net.ipv4.conf.{DEVICE}.proxy_arp", 1)
        for device in ("all", "nat0", DEVICE, f"eth{wire}"):
            router.tune(f"net.ipv4.conf.{device}.rp_filter", 0)
        self.nats.append(Nat(fd, translator))
        return translator


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")


def _tap(device: str) -> int:
    return _device(device, _IFF_TAP)


def _device(device: str, kind: int) -> int:
    fd = os.open(_TUN, os.O_RDWR)
    fcntl.ioctl(fd, _TUNSETIFF, struct.pack("16sH", device.encode(), kind | _IFF_NO_PI))
    return fd


def _no_ipv6(device: str) -> None:
    setting = Path(f"/proc/sys/net/ipv6/conf/{device}/disable_ipv6")
    if setting.exists():
        setting.write_text("1")
