"""The command line: what is typed, what comes back, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from drawdeploy import cli
from drawdeploy.api import table

ROOT = Path(__file__).resolve().parent.parent


class Ran:
    """What a command did."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, **environment: str) -> Ran:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            code = cli.run(arguments)
        said = capsys.readouterr()
        return Ran(int(code), said.out, said.err)

    return call


# --- what is wrong is said, with what would be right ---------------------------------------------------------------

BAD = [
    ("blugreen", 2, "unknown strategy or command 'blugreen'", "did you mean 'bluegreen'?"),
    ("doctr", 2, "'doctr'", "did you mean 'doctor'?"),
    ("draw blugreen", 2, "unknown strategy 'blugreen'", "did you mean 'bluegreen'?"),
    ("plan rolout", 2, "unknown strategy 'rolout'", "did you mean 'rollout'?"),
    ("draw", 2, "which strategy", "bluegreen"),
    ("plan", 2, "which strategy", "rollout"),
    ("plan ./none.yaml", 2, "none.yaml", ""),
    ("plan bluegreen --env hybird", 2, "--env: unknown environment 'hybird'", "did you mean 'hybrid'?"),
    ("plan bluegreen --env ./none.yaml", 2, "none.yaml", ""),
    ("bluegreen -f pgn", 2, "--format: unknown format 'pgn'", "did you mean 'png'?"),
    ("bluegreen -f ,", 2, "--format: no format", "png"),
    ("bluegreen --lang kr", 2, "--lang: unknown language 'kr'", "did you mean 'ko'?"),
    ("bluegreen --lang en-US", 2, "--lang: unknown language 'en-US'", "did you mean 'en'?"),
    ("bluegreen --lang en,fr", 2, "unknown language 'fr'", "en"),
    ("bluegreen --theme drak", 2, "--theme: unknown theme 'drak'", "did you mean 'dark'?"),
    ("bluegreen --engine dott", 2, "--engine: unknown engine 'dott'", "did you mean 'dot'?"),
    ("plan bluegreen --env hybrid --placement bth", 2, "'bth'", "both"),
    ("plan bluegreen --replicas 0", 2, "at least 1 replica", ""),
    ("plan bluegreen --replicas -1", 2, "at least 1 replica, not -1", ""),
    ("plan bluegreen --replicas 1e9", 2, "1000000000 replicas", "1000 is the most"),
    ("plan bluegreen --replicas 1e", 2, "--replicas: '1e' is not a whole number", "3"),
    ("plan bluegreen --capacity 1e9 --env private", 2, "a capacity of 1000000000", "is the most"),
    ("plan bluegreen --replicas 1000000000", 2, "1000000000", "is the most"),
    ("plan bluegreen --replicas many", 2, "--replicas: 'many'", "3"),
    (f"plan bluegreen --replicas {'9' * 5000}", 2, "replicas are more than a plan can hold", "1000 is the most"),
    ("plan rollout --env hybrid --replicas 1", 2, "cannot be split over 2 sites", "--placement across"),
    ("plan waves --replicas 1", 2, "the only instance would be updated in place", "at least 2 replicas"),
    ("plan bluegreen --env hybrid --placement both --replicas 1", 2, "1", ""),
    ("plan rollout --batch 0", 2, "batch: 0 is too small", ""),
    ("plan rollout --batch -1", 2, "batch: -1 is too small", ""),
    ("plan rollout --batch 200%", 2, "200% is more than all", ""),
    ("plan rollout --batch 4", 2, "4 is more than the replicas (3)", "1 to 3"),
    ("plan rollout --batch some", 2, "'some' is not a number", "25%"),
    ("plan bluegreen --batch 1", 2, "no option --batch", "--batch belongs to rollout"),
    ("compare bluegreen rollout --batch 1", 2, "no option --batch", "rollout:batch="),
    ("bluegreen --compat", 2, "no option --compat", "did you mean --compact?"),
    ("bluegreen -o -", 2, "standard output takes one file, and this would be 23", "-f html"),
    ("bluegreen rollout -o - -f html", 2, "standard output takes one file", ""),
    ("plan bluegreen --capacity 0 --env private", 2, "0", ""),
    ("plan bluegreen --capacity -2 --env private", 2, "-2", ""),
    ("plan bluegreen --capacity lots", 2, "--capacity: 'lots'", ""),
    ("bluegreen --scale 0", 2, "--scale: scale 0 is out of range", "0.25 to 8"),
    ("bluegreen --scale 9", 2, "out of range", "0.25 to 8"),
    ("bluegreen --scale nan", 2, "out of range", ""),
    ("bluegreen --scale big", 2, "'big' is not a number", ""),
    ("bluegreen --steps 9", 2, "step 9 is not in this plan", "steps 1 to 4"),
    ("bluegreen --steps 0", 2, "step 0 is not in this plan", ""),
    ("bluegreen --steps 4-2", 2, "--steps: '4-2' is not", "2,4"),
    ("bluegreen --steps two", 2, "--steps: 'two' is not", "2,4"),
    ("bluegreen --steps 1-99999999", 2, "--steps:", ""),
    ("bluegreen --quiet --verbose", 2, "exclude each other", ""),
    ("plan bluegreen --old v2", 2, "both called 'v2'", "v1 and v2"),
    ("plan bluegreen --bacth 2", 2, "no option --bacth", ""),
    ("plan rollout --bacth 2", 2, "no option --bacth", "--batch"),
    ("plan bluegreen extra", 2, "unexpected extra argument", ""),
    ("plan bluegreen --env", 2, "requires an argument", ""),
    ("--env hybrid bluegreen", 2, "no option --env", "behind the strategy"),
    ("completion tcsh", 2, "unknown shell 'tcsh'", "zsh"),
    ("completion", 2, "missing", ""),
]


@pytest.mark.parametrize(("line", "code", "what", "hint"), BAD, ids=[line[:50] for line, *_ in BAD])
def test_bad_input_is_told_with_what_would_be_right(run, line: str, code: int, what: str, hint: str) -> None:
    ran = run(*line.split())
    assert ran.code == code
    assert what in ran.err
    assert hint in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
    assert not Path("output").exists()


def test_help_of_plan_and_draw_lists_what_all_strategies_take(run) -> None:
    told = run("plan", "--help").out
    assert "--env ENV" in told and "--json" in told and "rollout" in told and "--theme" not in told
    told = run("draw", "--help").out
    assert "--env ENV" in told and "--theme" in told and "-o, --output" in told


def test_one_file_goes_to_standard_output(run) -> None:
    ran = run("bluegreen", "-f", "json", "-o", "-")
    assert ran.code == 0
    assert json.loads(ran.out)["service"]["name"] == "shop"
    ran = run("compare", "bluegreen", "rollout", "-f", "md", "-o", "-")
    assert (ran.code, ran.out[:2]) == (0, "# ")
    assert run("compare", "bluegreen", "rollout", "-o", "-").code == 2
    assert not Path("output").exists() and not Path("-").exists()


def test_an_engine_that_is_missing_is_told_before_anything_else(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    ran = run("bluegreen", "--engine", "pygraphviz")
    assert (ran.code, ran.out) == (3, "")
    assert "'pygraphviz' is not installed" in ran.err


def offered(monkeypatch: pytest.MonkeyPatch, run, line: str) -> list[str]:
    """What a shell is offered for the last word of a line."""
    words = line.split(" ")
    monkeypatch.setenv("_DRAWDEPLOY_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    return [item.partition(",")[2] for item in run().out.splitlines()]


@pytest.mark.parametrize(
    ("line", "some"),
    [
        ("drawdeploy blueg", ["bluegreen", "bluegreen-db"]),
        ("drawdeploy draw ro", ["rolling", "rollout"]),
        ("drawdeploy bluegreen --env pri", ["private"]),
        ("drawdeploy plan bluegreen --env pri", ["private"]),
        ("drawdeploy bluegreen --env hybrid --placement ", ["across", "both"]),
        ("drawdeploy bluegreen --theme ", ["light", "dark"]),
        ("drawdeploy bluegreen --lang ", ["en", "ko"]),
        ("drawdeploy bluegreen --lang en,", ["en,ko"]),
        ("drawdeploy bluegreen -f png,s", ["png,svg"]),
        ("drawdeploy bluegreen --engine p", ["pure", "pygraphviz"]),
        ("drawdeploy bluegreen --cloud a", ["aws", "azure"]),
        ("drawdeploy canary --affinity ", ["none", "cookie"]),
        ("drawdeploy compare rollo", ["rollout"]),
        ("drawdeploy check rollout:b", ["rollout:batch="]),
        ("drawdeploy list e", ["environments"]),
        ("drawdeploy completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_values_are_completed(run, monkeypatch: pytest.MonkeyPatch, line: str, some: list[str]) -> None:
    assert offered(monkeypatch, run, line) == some


@pytest.mark.parametrize("line", ["plan bluegreen", "list", "plan bluegreen --json"])
@pytest.mark.parametrize("end", [">&-", "| head -1"])
def test_nobody_need_read_all_that_is_printed(line: str, end: str) -> None:
    command = f"{sys.executable} -m drawdeploy {line}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} {end}"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") <= 1


def test_all_is_drawn_though_nobody_reads_the_table(tmp_path: Path) -> None:
    command = f"{sys.executable} -m drawdeploy bluegreen -f json -o {tmp_path}/out | true"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "plan.json").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a stream that is full")
def test_a_full_stream_is_told() -> None:
    command = f"{sys.executable} -m drawdeploy plan bluegreen > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "what is printed cannot be written" in done.stderr and "hint: " in done.stderr


VARIABLES = [
    ("DRAWDEPLOY_ENV", "hybird", "DRAWDEPLOY_ENV: unknown environment 'hybird'"),
    ("DRAWDEPLOY_LANG", "kr", "DRAWDEPLOY_LANG: unknown language 'kr'"),
    ("DRAWDEPLOY_REPLICAS", "x", "DRAWDEPLOY_REPLICAS: 'x' is not a whole number"),
    ("DRAWDEPLOY_REPLICAS", "0", "DRAWDEPLOY_REPLICAS=0"),
    ("DRAWDEPLOY_PLACEMENT", "up", "DRAWDEPLOY_PLACEMENT=up"),
    ("DRAWDEPLOY_BATCH", "200%", "DRAWDEPLOY_BATCH=200%"),
    ("DRAWDEPLOY_JSON", "perhaps", "DRAWDEPLOY_JSON:"),
]


@pytest.mark.parametrize(("name", "value", "what"), VARIABLES)
def test_error_from_a_variable_names_the_variable(run, name: str, value: str, what: str) -> None:
    if name == "DRAWDEPLOY_JSON" and version("click").startswith("8.2"):
        pytest.skip("click 8.2 takes a word that is neither yes nor no for a no")
    ran = run("plan", "rollout", **{name: value})
    assert ran.code == 2
    assert what in ran.err


def test_variables_mirror_flags_and_flags_win(run) -> None:
    korean = run("plan", "rollout", "--lang", "ko").out
    assert run("plan", "rollout", DRAWDEPLOY_LANG="ko").out == korean
    assert run("plan", "rollout", "--lang", "ko", DRAWDEPLOY_LANG="en").out == korean
    assert run("plan", "rollout", DRAWDEPLOY_BATCH="3").out == run("plan", "rollout", "--batch", "3").out
    assert json.loads(run("plan", "rollout", DRAWDEPLOY_JSON="1").out)


@pytest.mark.parametrize("name", ["LANG", "LC_ALL", "LANGUAGE"])
def test_language_is_never_guessed_from_the_locale(run, name: str) -> None:
    assert run("plan", "bluegreen", **{name: "ko_KR.UTF-8"}).out == run("plan", "bluegreen").out


# --- plan ------------------------------------------------------------------------------------------------------------


def test_plan_prints_a_line_for_each_step(run) -> None:
    ran = run("plan", "bluegreen", "--env", "hybrid")
    assert ran.code == 0
    assert ran.err == ""
    lines = ran.out.splitlines()
    assert lines[0].startswith("#  Step")
    assert [line.split()[0] for line in lines[1:6]] == ["0", "1", "2", "3", "4"]
    assert "3 / 6" in lines[2]
    assert "100 %" in lines[3]
    assert "\x1b" not in ran.out


def test_plan_of_a_rollout_has_a_heading_for_each_round(run) -> None:
    out = run("plan", "rollout", "--replicas", "3", "--batch", "1").out
    assert [f"Round {index} of 3" in out for index in (1, 2, 3, 4)] == [True, True, True, False]
    assert re.findall(r"^ *(\d+) ", out, re.MULTILINE) == [str(number) for number in range(13)]


def test_columns_stand_below_each_other_in_korean(run) -> None:
    """A Hangul syllable takes two columns of a terminal."""
    lines = run("plan", "bluegreen", "--lang", "ko").out.splitlines()[:6]

    def column(line: str, position: int) -> int:
        return sum(2 if east_asian_width(character) in "WF" else 1 for character in line[:position])

    ends = {column(line, re.search(r"\d+ %", line).end()) for line in lines[1:]}
    assert len(ends) == 1
    assert any("가" <= character <= "힣" for character in lines[0])


def test_plan_as_json_is_json_and_nothing_else(run) -> None:
    ran = run("plan", "rollout", "--env", "private", "--capacity", "3", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["schema"] == "drawdeploy/plan/v1"
    assert ran.err == ""


def test_a_plan_that_does_not_fit_warns_and_ends_well(run) -> None:
    ran = run("plan", "bluegreen", "--env", "private", "--capacity", "4")
    assert ran.code == 0
    assert "Warning: " in ran.out
    assert "→ " in ran.out
    assert "Warning" not in run("plan", "bluegreen", "--env", "private").out


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("abc def", 7, ["abc def"]),
        ("abc def", 6, ["abc", "def"]),
        ("abcdef", 4, ["abcd", "ef"]),
        ("가나 다", 6, ["가나", "다"]),
        ("33\u00a0% of all", 6, ["33\u00a0%", "of all"]),
        ("", 4, [""]),
    ],
)
def test_texts_are_folded_to_the_terminal(text: str, width: int, lines: list[str]) -> None:
    """Hangul is two columns wide; a number stays with its unit."""
    assert table.fold(text, width) == lines
    assert table.folded(f"  {text}", width + 2) != [] and all(table.columns(line) <= width for line in lines)


def test_columns() -> None:
    assert table.columns("e\u0301가") == 3


@pytest.mark.parametrize(
    ("numbers", "text"), [((), ""), ((2,), "2"), ((1, 2, 3), "1–3"), ((3, 1, 2, 7, 9, 8), "1–3, 7–9")]
)
def test_numbers_are_written_as_ranges(numbers: tuple[int, ...], text: str) -> None:
    assert table.ranges(numbers) == text


# --- draw ------------------------------------------------------------------------------------------------------------


def test_draw_prints_the_steps_first_and_where_to_look_last(run) -> None:
    ran = run("bluegreen", "-f", "svg,json", "--no-rollback")
    assert ran.code == 0
    lines = ran.out.rstrip("\n").splitlines()
    assert lines[0].startswith("#  Step")
    folder = Path("output/bluegreen-plain")
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    assert names == sorted([*(path.name for path in folder.glob("*.svg")), "plan.json"])
    assert {"00-start.svg", "01-create-and-test.svg", "02-switch-traffic.svg", "overview.svg"} <= set(names)
    assert lines[-1].startswith(f"Wrote {len(names)} files to {folder}")
    assert "overview.svg" in lines[-1]


def test_the_short_form_does_the_same(run) -> None:
    short = run("bluegreen", "-f", "json", "-o", "a")
    long = run("draw", "bluegreen", "-f", "json", "-o", "a")
    assert (short.code, short.out) == (long.code, long.out)


def test_formats_are_a_list_or_repeated(run) -> None:
    run("bluegreen", "-f", "md,json", "-o", "a")
    run("bluegreen", "-f", "md", "--format", "json", "-o", "b")
    assert sorted(os.listdir("a")) == sorted(os.listdir("b"))
    assert {"plan.json", "report.md"} <= set(os.listdir("a"))


def test_two_languages_have_names_of_their_own(run) -> None:
    ran = run("rollout", "--lang", "en,ko", "-f", "svg,md,html,json", "--no-rollback", "-o", "both")
    assert ran.code == 0
    names = {name for name in os.listdir("both") if not name.startswith(".")}
    assert {"00-start.en.svg", "00-start.ko.svg", "report.en.md", "report.ko.md", "report.html", "plan.json"} <= names
    assert {name.removesuffix(".en.svg") for name in names if name.endswith(".en.svg")} == {
        name.removesuffix(".ko.svg") for name in names if name.endswith(".ko.svg")
    }
    assert not any(re.fullmatch(r"[^.]*\.svg", name) for name in names)


def test_quiet_prints_nothing(run) -> None:
    ran = run("bluegreen", "-f", "json", "-q")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_verbose_tells_time_by_stage_and_memory(run) -> None:
    out = run("bluegreen", "-f", "svg,json", "--steps", "1", "-v").out
    assert re.search(r"^lay out and paint +[\d,]+ ms$", out, re.MULTILINE)
    assert re.search(r"^peak memory +[\d,]+ MiB$", out, re.MULTILINE)
    assert out.splitlines()[-1].startswith("Wrote")


@pytest.mark.parametrize(("given", "drawn"), [("2,4", {2, 4}), ("2-3", {2, 3}), ("4,1-2", {1, 2, 4})])
def test_only_the_steps_asked_for_are_drawn(run, given: str, drawn: set[int]) -> None:
    run("bluegreen", "-f", "svg", "--steps", given, "--no-rollback", "--no-overview", "-o", "some")
    numbers = {int(name[:2]) for name in os.listdir("some") if name.endswith(".svg")}
    assert numbers - {0} == drawn


def test_open_shows_the_report(run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: bool(shown.append(address)) or True)
    assert run("bluegreen", "-f", "html,json", "-o", "here", "--open").code == 0
    assert shown == [(Path.cwd() / "here" / "report.html").as_uri()]


# --- the other commands ----------------------------------------------------------------------------------------------


def test_help_lists_strategies_and_commands(run) -> None:
    bare, asked = run(), run("--help")
    assert (bare.code, asked.code) == (0, 0)
    assert bare.out == asked.out
    for word in ("bluegreen", "rollout", "draw", "plan", "list", "doctor", "completion", "--version"):
        assert re.search(rf"^  {word}", asked.out, re.MULTILINE), word
    assert re.search(r"^  bluegreen +\w", asked.out, re.MULTILINE)


def test_help_of_a_strategy_has_its_own_parameters(run) -> None:
    rollout, bluegreen = run("rollout", "--help").out, run("bluegreen", "--help").out
    assert "--batch N|N%" in rollout
    assert "--batch" not in bluegreen
    assert "hybrid" in bluegreen


PROMISED = [
    "--env",
    "--replicas",
    "--service",
    "--old",
    "--new",
    "--placement",
    "--lang",
    "-f",
    "--format",
    "-o",
    "--output",
    "--theme",
    "--engine",
    "--scale",
    "--transparent",
    "--title",
    "--author",
    "--steps",
    "--every-step",
    "--no-rollback",
    "--no-overview",
    "--compact",
    "--capacity",
    "--open",
    "-q",
    "-v",
    "--debug",
]


@pytest.mark.parametrize("option", PROMISED)
def test_promised_options_are_there(run, option: str) -> None:
    assert re.search(rf"(^|\s){option}\b", run("bluegreen", "--help").out)


def test_every_option_has_its_variable() -> None:
    from drawdeploy.api import load
    from drawdeploy.cli.commands import root
    from drawdeploy.cli.settings import Setting

    command = root._make("rollout", load("rollout"))
    for parameter in command.params:
        assert isinstance(parameter, Setting)
        assert parameter.envvar == "DRAWDEPLOY_" + parameter.flag[2:].upper().replace("-", "_")


def test_no_parameter_of_a_strategy_can_take_the_name_of_an_option() -> None:
    from drawdeploy.api.catalogue import RESERVED
    from drawdeploy.cli.commands import root
    from drawdeploy.cli.settings import Setting
    from drawdeploy.model import Strategy, Text

    bare = Strategy("x", Text("x", "x"), Text("x", "x"), (), (), ())
    targets = [root, root.commands["plan"]]
    flags = {p.flag[2:] for group in targets for p in group._make("x", bare).params if isinstance(p, Setting)}
    assert flags <= RESERVED


def test_version(run) -> None:
    import drawdeploy

    assert run("--version").out == f"drawdeploy {drawdeploy.__version__}\n"


@pytest.mark.parametrize(("lang", "words"), [("en", ["Strategies", "Environments"]), ("ko", ["전략", "환경", "블루"])])
def test_list_names_what_there_is(run, lang: str, words: list[str]) -> None:
    ran = run("list", "--lang", lang)
    assert ran.code == 0
    for word in ["bluegreen", "rollout", "plain", "private", "hybrid", "--batch", "across", "both", *words]:
        assert word in ran.out, word


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_doctor_finds_everything_here(run, lang: str) -> None:
    ran = run("doctor", "--lang", lang)
    assert ran.code == 0, ran.out
    assert "✗" not in ran.out
    assert re.search(r"✓ +pure", ran.out)


def test_doctor_tells_how_to_get_what_is_missing(run, monkeypatch: pytest.MonkeyPatch) -> None:
    from drawdeploy.picture import engine

    missing = tuple(engine.EngineStatus(name, False, "", f"install {name}") for name in engine.ENGINES[1:])
    monkeypatch.setattr(engine, "status", lambda: missing)
    ran = run("doctor")
    assert ran.code == 3
    assert "✗  pure" in ran.out
    assert "get it: install pure" in ran.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(run, shell: str) -> None:
    ran = run("completion", shell)
    assert ran.code == 0
    assert "_DRAWDEPLOY_COMPLETE" in ran.out


COMPLETED = [
    ("drawdeploy blu", 1, "bluegreen"),
    ("drawdeploy pl", 1, "plan"),
    ("drawdeploy plan roll", 2, "rollout"),
    ("drawdeploy rollout --bat", 2, "--batch"),
]


@pytest.mark.parametrize(("typed", "position", "expected"), COMPLETED)
def test_tab_completes(run, typed: str, position: int, expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = run(_DRAWDEPLOY_COMPLETE="bash_complete", COMP_WORDS=typed, COMP_CWORD=str(position))
    assert expected in ran.out
    assert ran.err == ""


def test_a_bar_appears_on_a_terminal_after_a_second(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from drawdeploy.cli.screen import Progress

    now = [0.0]
    monkeypatch.setattr("drawdeploy.cli.screen.monotonic", lambda: now[0])
    for terminal in (True, False):
        monkeypatch.setattr("sys.stderr.isatty", lambda terminal=terminal: terminal)
        with Progress() as progress:
            now[0] += 0.9
            progress("svg", 1, 4)
            assert capsys.readouterr().err == ""
            now[0] += 0.2
            progress("png", 2, 4)
            assert ("2/4 png" in capsys.readouterr().err) == terminal
        assert capsys.readouterr().err.endswith("\x1b[K" if terminal else "")


def test_the_bar_moves_while_pictures_are_drawn() -> None:
    import drawdeploy

    told: list[tuple[str, int, int]] = []
    drawing = drawdeploy.draw("bluegreen", formats="png,json", overview=False)
    made = drawing.make(lambda *state: told.append(state))
    assert {count for stage, _, count in told if stage == "png"} == {len(made)}
    done = [done for stage, done, _ in told if stage == "png"]
    assert done == sorted(done)
    assert max(done) <= len(made)


# --- the process -----------------------------------------------------------------------------------------------------


def process(command: Path, *arguments: str, cwd: Path, **rest: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(command), *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=False, **rest
    )


def test_nobody_reading_is_no_error(command: Path, tmp_path: Path) -> None:
    line = f"'{command}' plan rollout --replicas 60 | head -1; exit ${{PIPESTATUS[1]}}"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_a_terminal_that_knows_only_ascii_gets_something(command: Path, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = process(command, "plan", "bluegreen", "--lang", "ko", cwd=tmp_path, env=environment)
    assert done.returncode == 0
    assert done.stderr == ""


def test_python_dash_m(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    line = [sys.executable, "-m", "drawdeploy", "plan", "blugreen"]
    done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "did you mean 'bluegreen'?" in done.stderr


def test_an_unforeseen_error_is_one_line_unless_debugged(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("boom\nbang")

    monkeypatch.setattr("drawdeploy.api.plan", fail)
    plain, debugged = run("plan", "bluegreen"), run("plan", "bluegreen", "--debug")
    assert (plain.code, debugged.code) == (3, 3)
    assert "RuntimeError: boom bang" in plain.err
    assert "--debug" in plain.err
    assert "Traceback" not in plain.err
    assert "Traceback" in debugged.err


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ModuleNotFoundError("No module named 'resvg'", name="resvg"), "the library 'resvg' is missing"),
        (MemoryError(), "not enough memory"),
        (OSError(24, "Too many open files"), "Too many open files"),
        (PermissionError(13, "Permission denied", "/x"), "Permission denied: /x"),
    ],
)
def test_what_the_machine_lacks_is_told(run, error: Exception, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("drawdeploy.api.plan", fail)
    ran = run("plan", "bluegreen")
    assert ran.code == 3
    assert told in ran.err
    assert "should not happen" not in ran.err


def test_debug_shows_where_a_mistake_was_found(run) -> None:
    ran = run("plan", "bluegreen", "--replicas", "0", "--debug")
    assert ran.code == 2
    assert "Traceback" in ran.err
    assert "at least 1 replica" in ran.err


def test_colour_only_on_a_terminal_that_wants_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """On a pseudo-terminal there is colour, with NO_COLOR there is none."""
    pty = pytest.importorskip("pty", reason="needs pseudo-terminals")
    said = {}
    for value in ("", "1"):
        pid, descriptor = pty.fork()
        if pid == 0:
            os.environ |= {"NO_COLOR": value, "PYTHONPATH": str(ROOT / "src"), "TERM": "xterm"}
            os.execv(sys.executable, [sys.executable, "-m", "drawdeploy", "plan", "bluegreen"])
        chunks = []
        while True:
            try:
                chunk = os.read(descriptor, 65536)
            except OSError:
                break
            if not chunk:
                break
            chunks.append(chunk)
        os.waitpid(pid, 0)
        said[value] = b"".join(chunks).decode()
    assert "\x1b[1m" in said[""]
    assert "\x1b" not in said["1"]
    assert "Step" in said["1"]


def test_doctor_names_strategies_in_the_language_asked_for(run) -> None:
    assert "블루 그린 배포" in run("doctor", "--lang", "ko").out


def test_files_of_a_long_plan_sort_by_name(run) -> None:
    """Beyond 99 steps numbers have three digits, from the first on."""
    assert run("rollout", "--replicas", "26", "--steps", "2,104", "-f", "svg", "-o", "out").code == 0
    names = sorted(name for name in os.listdir("out") if name.endswith(".svg") and name[0].isdigit())
    assert names[0] == "000-start.svg"
    assert [name[:3] for name in names] == ["000", "002", "002", "104", "104"]


def test_revisions_may_be_digests(run) -> None:
    digest = "0123456789abcdef" * 4
    assert run("plan", "bluegreen", "--new", digest).code == 0
    assert "at most 64" in run("plan", "bluegreen", "--new", digest + "0").err


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_single_round_is_not_counted(run, lang: str) -> None:
    """Neither "round 1 of 1" in report and pictures, nor "1 / 1" where every round has one step."""
    assert run("rollout", "--batch", "3", "-f", "svg,md,html", "-o", "one", "--lang", lang).code == 0
    assert run("waves", "--replicas", "4", "-f", "svg,html", "-o", "many", "--lang", lang).code == 0
    for folder, no in (("one", r"[Rr]ound 1 of 1\b|1회 중 1회차"), ("many", r">\s*1 / 1\s*<")):
        for file in Path(folder).iterdir():
            if file.suffix in {".svg", ".md", ".html"}:
                assert not re.search(no, file.read_text(encoding="utf-8")), file.name
