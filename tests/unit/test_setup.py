"""The set-up: stages run side by side in order, only those whose inputs changed; the short cut of the generators."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import build_interfaces
import pytest
import setup
import stages
import stamps
from rosidl_parser.definition import IdlContent, Message
from rosidl_parser.parser import parse_idl_string
from stages import Stage, StageError, run_stages

ROOT = Path(__file__).parents[2]
TEMPLATE = """\
@{
from math import prod
names = ['a', 'b']
}@
@# a comment
@[for k, name in enumerate(names)]@
@[  if k == 0]@
first @(name) @@ {'braces': [1, (2)]}
@[  else]@
then @(name + str(prod([k, value]))), @name
@[  end if]@
@[end for]@
@(value)"""


@pytest.fixture
def stamp_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stamps, "STAMPS", tmp_path / "stamps")
    return tmp_path / "stamps"


def stage(name: str, work: Callable[[], None], *needs: str, inputs: tuple[Path, ...] = ()) -> Stage:
    return Stage(name=name, title=name, inputs=inputs, work=work, needs=needs)


@pytest.mark.usefixtures("stamp_folder")
def test_a_stage_starts_after_what_it_needs_and_beside_what_it_does_not() -> None:
    ended: list[str] = []
    both_run = threading.Barrier(2, timeout=10.0)

    def waits(name: str) -> Callable[[], None]:
        def work() -> None:
            both_run.wait()
            ended.append(name)

        return work

    run_stages(
        [
            stage("last", lambda: ended.append("last"), "left", "right"),
            stage("left", waits("left"), "first"),
            stage("right", waits("right"), "first", "not stale"),
            stage("first", lambda: ended.append("first")),
        ],
        workers=2,
    )
    assert (ended[0], ended[-1], len(ended)) == ("first", "last", 4)


def test_after_a_failure_nothing_starts_and_the_failed_stage_stays_stale(stamp_folder: Path) -> None:
    started: list[str] = []

    def fails() -> None:
        raise StageError("no space left on device")

    listed = [stage("bad", fails), stage("next", lambda: started.append("next"), "bad")]
    with pytest.raises(StageError, match="no space left"):
        run_stages(listed, workers=2)
    assert (started, [each.is_stale() for each in listed], stamp_folder.exists()) == ([], [True, True], False)


@pytest.mark.usefixtures("stamp_folder")
def test_a_stage_is_stale_again_when_an_input_changes(tmp_path: Path) -> None:
    file = tmp_path / "input"
    file.write_text("one")
    run_stages([stage("build", lambda: None, inputs=(file,))], workers=1)
    assert not stage("build", lambda: None, inputs=(file,)).is_stale()
    file.write_text("two")
    assert stage("build", lambda: None, inputs=(file,)).is_stale()


@pytest.mark.usefixtures("stamp_folder")
def test_an_input_that_changes_during_the_work_makes_the_stage_stale(tmp_path: Path) -> None:
    file = tmp_path / "input"
    file.write_text("one")

    def change() -> None:
        file.write_text("two")

    run_stages([stage("build", change, inputs=(file,))], workers=1)
    assert stage("build", lambda: None, inputs=(file,)).is_stale()


def test_a_command_that_fails_says_what_it_printed() -> None:
    with pytest.raises(StageError, match=r"(?s)out of paper.*This command failed: .*python"):
        stages.run([sys.executable, "-c", "print('out of paper'); raise SystemExit(3)"], cwd=ROOT, env={})


def expand(*, quick: bool) -> str:
    """Expand TEMPLATE three times as rosidl_pycommon does, in a process of its own."""
    code = (
        "import em, io, sys\n"
        "for value in (1, 2, 3):\n"
        "    out = io.StringIO()\n"
        "    setting = em.Configuration(defaultStdout=out, deleteOnError=True, rawErrors=True, useProxy=True)\n"
        "    expander = em.Interpreter(config=setting, dispatcher=False)\n"
        f"    expander.string({TEMPLATE!r}, locals=dict(value=value))\n"
        "    expander.shutdown()\n"
        "    sys.stderr.write(out.getvalue())\n"
        "sys.stderr.write(em.Interpreter.string.__module__)\n"
    )
    env = {"PYTHONPATH": str(ROOT / "scripts" / "templates")} if quick else {}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_template_that_is_scanned_once_gives_the_same_text() -> None:
    plain, quick = expand(quick=False), expand(quick=True)
    assert plain.endswith("em")
    assert quick.endswith("sitecustomize")
    assert quick.removesuffix("sitecustomize") == plain.removesuffix("em")
    assert "first a @ {'braces': [1, (2)]}\nthen b2, b\n2" in plain


def test_the_laboratory_is_compiled_for_tests_only_and_nothing_of_it_for_a_run() -> None:
    names = {profile: {each.name for each in setup.plan(profile)} for profile in setup.PROFILES}
    assert names["test"] - names["dev"] == {"kernels-amr_lab"}
    assert names["run"] - names["dev"] == {"tools"}
    assert names["dev"] - names["run"] == {"test-libraries"}
    assert names["dev"] - names["python"] == {"node_modules", "web"}
    assert "kernels-amr_bringup" in names["run"]


@pytest.mark.parametrize("profile", ["dev", "test"])
def test_npm_waits_beside_the_compilers_and_nothing_waits_for_what_only_tests_need(profile: str) -> None:
    planned = setup.plan(profile)
    names = [each.name for each in planned]
    first_compiler = min(n for n, name in enumerate(names) if name.startswith(("interfaces-", "kernels-")))
    assert names.index("node_modules") < first_compiler
    assert names[-1] == "test-libraries"
    assert not any("test-libraries" in each.needs for each in planned)


@pytest.mark.usefixtures("stamp_folder")
def test_a_stage_says_what_it_cost_in_cpu_time_also_on_a_machine_that_others_share(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Beside the seconds on the clock, which are those of everybody."""

    def reckons() -> None:
        for _ in range(2):
            stages.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"], cwd=ROOT, env={})

    run_stages([stage("reckons", reckons), stage("waits", lambda: time.sleep(0.3))], workers=1)
    reckoned, waited = (float(line.split(", ")[1].split()[0]) for line in capsys.readouterr().out.splitlines())
    assert 0.6 <= reckoned < 5.0
    assert waited == 0.0


def quickener(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what makes the generators fast, without changing what this process imports."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    spec = importlib.util.spec_from_file_location("quick", ROOT / "scripts" / "templates" / "sitecustomize.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_descriptions_that_name_the_same_type_compile_as_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = """
// with input from some_msgs:msg/NAME.idl
static const int other__msg__Time__EXPECTED_HASH[] = {1};
static char other__msg__Time__TYPE_NAME[] = "other/msg/Time";
const char * some_msgs__msg__NAME__get_type_name(void)
{
  static int calls = 0;
  return other__msg__Time__EXPECTED_HASH[calls++] ? other__msg__Time__TYPE_NAME : "";
}
"""
    written: dict[str, str] = {}

    def expand(template: str, data: str, *, post_process_callback: Callable[[str], str] | None = None) -> None:
        written[template + data] = (post_process_callback or str)(
            source.replace("NAME", data, 1).replace("g__NAME", f"g__{data}")
        )

    common = SimpleNamespace(expand_template=expand)
    quickener(monkeypatch).tell_apart(common)
    for name in ("Go", "Stop"):
        common.expand_template(
            "idl__description.c.em", name, post_process_callback=lambda text: f"#include <stddef.h>{text}"
        )
    common.expand_template("idl.h.em", "Go")
    assert written["idl.h.emGo"].count("__of_") == 0
    both = tmp_path / "both.c"
    both.write_text(written["idl__description.c.emGo"] + written["idl__description.c.emStop"])
    done = subprocess.run(
        ["gcc", "-c", "-Wall", "-Werror", both, "-o", tmp_path / "both.o"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert both.read_text().count("#include") == 2
    assert "some_msgs__msg__Go__get_type_name(void)" in both.read_text()


def test_what_another_generator_parsed_is_read_and_what_changed_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = quickener(monkeypatch)
    monkeypatch.setenv("AMR_PARSED_IDL", str(tmp_path / "parsed"))
    parsed: list[str] = []

    def generator() -> Callable[[str], IdlContent]:
        def parse(idl: str, png_file: str | None = None) -> IdlContent:
            parsed.append(idl)
            return parse_idl_string(idl)

        module = SimpleNamespace(parse_idl_string=parse)
        quick.remember(module)
        return module.parse_idl_string

    def members(content: IdlContent) -> list[tuple[str, str]]:
        (message,) = content.get_elements_of_type(Message)
        return [(each.name, type(each.type).__name__) for each in message.structure.members]

    idl = "module a { module msg { struct B { float x; sequence<string> y; }; }; };"
    first, second = generator()(idl), generator()(idl)
    assert (parsed, members(first)) == ([idl], members(second))
    assert [name for name, _ in members(generator()(idl.replace("x;", "z;")))] == ["z", "y"]
    assert len(parsed) == 2
    assert all("." not in path.name for path in (tmp_path / "parsed").iterdir()), "no half-written file stays"


def test_interfaces_carry_what_fast_dds_reads_and_the_one_extension_that_rclpy_imports() -> None:
    for package in build_interfaces.INTERFACE_PACKAGES:
        built = (build_interfaces.BUILD / package.name / "install_manifest.txt").read_text()
        extensions = re.findall(rf"/{package.name}_s__(\w+)\.", built)
        supports = re.findall(rf"/lib{package.name}__rosidl_typesupport_(\w+)\.so", built)
        assert (set(extensions), sorted(supports)) == ({"rosidl_typesupport_c"}, ["c", "fastrtps_c", "introspection_c"])


def test_packages_that_are_installed_together_each_get_a_wheel_of_their_own_folder(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        (folder / folder.name).mkdir(parents=True)
        (folder / folder.name / "__init__.py").touch()
        entries = f'{{"console_scripts": ["say_{folder.name} = {folder.name}:say"]}}'
        (folder / "setup.py").write_text(
            f"from setuptools import find_packages, setup\n"
            f"setup(name={folder.name!r}, version='1.2', packages=find_packages(), entry_points={entries})\n"
        )
    call = [sys.executable, str(setup.EDITABLE), str(tmp_path / "out"), *map(str, folders)]
    done = subprocess.run(call, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    for folder in folders:
        (wheel,) = (tmp_path / "out").glob(f"{folder.name}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (path,) = [name for name in archive.namelist() if name.endswith(".pth")]
            assert archive.read(path).decode().strip() == str(folder)
            (entries,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
            assert f"say_{folder.name} = {folder.name}:say" in archive.read(entries).decode()
    (folders[1] / "setup.py").write_text("raise SystemExit('no such version')")
    assert subprocess.run(call, capture_output=True, timeout=100).returncode != 0


def test_a_dashboard_that_passed_is_checked_again_once_it_changed(
    tmp_path: Path, stamp_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def run(words: list[str], *, cwd: Path) -> None:
        ran.append(words[-1])
        if "wrong" in page.read_text():
            raise StageError("wrong")

    page = tmp_path / "src" / "Page.tsx"
    page.parent.mkdir()
    page.write_text("wrong")
    monkeypatch.setattr(setup, "WEB", tmp_path)
    monkeypatch.setattr(setup, "run", run)
    for _ in range(2):
        with pytest.raises(StageError):
            setup.check_web("lint")
    page.write_text("right")
    setup.check_web("lint")
    setup.check_web("lint")
    setup.check_web("typecheck")
    page = page.rename(page.with_name("Other.tsx"))
    setup.check_web("lint")
    assert ran == ["lint", "lint", "lint", "typecheck", "lint"]


def test_cmake_looks_for_python_once_in_a_project(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho >> {tmp_path}/calls\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (tmp_path / "CMakeLists.txt").write_text(f"""
cmake_minimum_required(VERSION 3.20)
project(asks NONE)
list(PREPEND CMAKE_MODULE_PATH {ROOT}/scripts/cmake/modules)
function(ask)
  find_package(Python3 REQUIRED COMPONENTS ${{ARGN}})
  execute_process(COMMAND wc -l INPUT_FILE {tmp_path}/calls OUTPUT_VARIABLE calls OUTPUT_STRIP_TRAILING_WHITESPACE)
  message("${{Python3_FOUND}} ${{Python3_VERSION_MINOR}} ${{calls}}")
endfunction()
ask(Interpreter)
ask(Interpreter)
ask()
ask(Interpreter NumPy)
""")
    cmake = Path(sys.executable).parent / "cmake"
    call = [str(cmake), "-S", str(tmp_path), "-B", str(tmp_path / "build"), f"-DPython3_EXECUTABLE={python}"]
    said = subprocess.run(call, capture_output=True, text=True, timeout=100).stderr.split("\n")
    first, second, third, other = (line.split() for line in said[:4])
    assert first == second == third
    assert first[:2] == ["TRUE", str(sys.version_info[1])]
    assert int(first[2]) > 0
    assert int(other[2]) > int(first[2])


def test_another_version_of_our_packages_is_installed_anew() -> None:
    (packages,) = [stage for stage in setup.plan("run") if stage.name == "packages"]
    assert {ROOT / "src" / name / "package.xml" for name in setup.PYTHON_PACKAGES} <= set(packages.inputs)


def test_after_a_message_or_a_template_is_another_one_its_package_is_built_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ninja had generated named it still: Python could not load a single type of the package."""
    monkeypatch.setattr(build_interfaces, "BUILD", tmp_path / "build")
    source, build = tmp_path / "some_msgs", tmp_path / "build" / "some_msgs"
    (source / "msg").mkdir(parents=True)
    build.mkdir(parents=True)
    for name in ("Kept", "Gone"):
        (source / "msg" / f"{name}.msg").touch()
    installed = [tmp_path / "share" / "some_msgs" / "msg" / f"{name}.idl" for name in ("Kept", "Gone")]
    installed[0].parent.mkdir(parents=True)
    (build / "generated").touch()
    ran: list[bool] = []

    def run(words: list[str], env: dict[str, str]) -> None:
        ran.append((build / "generated").exists())

    def made() -> list[bool]:
        ran.clear()
        build_interfaces.build_package(source, run)
        (build / "generated").touch()
        (build / "install_manifest.txt").write_text("\n".join(map(str, installed)))
        return list(ran)

    assert made() == [False] * 3, "a checkout that was set up before the recipe was noted"
    assert made() == [True] * 3
    (source / "msg" / "Gone.msg").unlink()
    del installed[1]
    assert made() == [False] * 3
    assert made() == [True] * 3
    monkeypatch.setattr(build_interfaces, "_TEMPLATES", tmp_path / "template")
    (tmp_path / "template").mkdir()
    (tmp_path / "template" / "new.em").touch()
    assert made() == [False] * 3, "another template: old sources beside new ones do not compile"
    assert made() == [True] * 3


def test_of_an_interface_package_that_is_built_anew_nothing_stays_not_even_an_empty_folder(tmp_path: Path) -> None:
    """Python takes an empty folder of that name for a package that has no name."""
    build, old, kept = tmp_path / "build", tmp_path / "lib" / "x-0.1.0.egg-info", tmp_path / "lib" / "y.py"
    build.mkdir()
    old.mkdir(parents=True)
    (old / "PKG-INFO").touch()
    kept.touch()
    (build / "install_manifest.txt").write_text(f"{old / 'PKG-INFO'}\n{tmp_path / 'gone' / 'z'}\n")
    build_interfaces._remove_installed(build)
    assert not old.exists()
    assert kept.exists()
