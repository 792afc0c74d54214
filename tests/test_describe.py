"""Descriptions: what may be written, that all faults are told at once with their places, what built-in ones keep."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawdeploy import describe, resources, source
from drawdeploy.describe.environment import read_environment
from drawdeploy.describe.strategy import read_strategy
from drawdeploy.errors import DrawDeployError
from drawdeploy.expand import expand
from drawdeploy.model import (
    CheckKind,
    CheckSpec,
    Link,
    NodeKind,
    ParameterKind,
    Plan,
    PoolSpec,
    RepeatSpec,
    Service,
    StepSpec,
    Text,
    Verb,
)
from drawdeploy.words import LANGUAGES, Words

STRATEGY = """\
apiVersion: drawdeploy/v1
kind: Strategy
name: halves
title: {en: Halves, ko: 절반씩}
summary: In two halves.
parameters:
  part: {type: count-or-percent, default: 50%, help: How many}
pools:
  stable: {revision: old, begin: all}
  canary: {revision: new, role: preview}
steps:
- id: make
  title: "{{ service }}: make {{ part }}"
  text: Makes them.
  who: pipeline
  do:
  - create: {pool: canary, count: part}
- repeat:
    until: stable.running == 0
    let: {n: "min(part, stable.serving)", left: stable.serving - n}
    steps:
    - id: shift
      title: {en: "Shift {{ n }}", ko: "{{ n }}개 전환"}
      text: "{{ left }} of {{ old }} stay."
      who: {operator: switches, dba: {en: looks, ko: 확인}}
      do:
      - route: {weights: {canary: "100 * n / replicas", stable: "100 - 100 * n / replicas"}}
      - observe: {for: 2h}
      - remove: {pool: stable, phase: standby}
      checks:
      - {auto: 5xx low, for: 10m}
      - {manual: "orders of {{ new }}", who: operator}
      rollback: Route back.
"""

ENVIRONMENT = """\
apiVersion: drawdeploy/v1
kind: Environment
name: small
title: Small
summary: One site.
times: {start: 2m, stop: 5s}
sites:
- {id: here, kind: plain, title: Here, compute: onprem.compute.Server, capacity: replicas + 2, router: lb, store: db}
nodes:
- {id: users, kind: users, title: Users, icon: onprem.client.Users}
- {id: lb, kind: router, site: here, title: Router, icon: onprem.network.Nginx, switch: 5s}
- {id: db, kind: store, site: here, title: Data, icon: onprem.database.PostgreSQL}
- {id: copy, kind: store, title: Copy, icon: onprem.database.PostgreSQL}
entry: [users]
links:
- {id: line, from: db, to: copy, title: Line}
actors:
- {id: tester, title: Tester, icon: onprem.client.User}
placements:
- {id: single, title: Here, rounds: [here]}
advice: [Watch it.]
"""


def faults(read: Any, text: str) -> list[tuple[str, str]]:
    with pytest.raises(DrawDeployError) as caught:
        read(text)
    return [(f"{fault.where}: {fault.message}", fault.hint) for fault in caught.value.faults]


def strategy(text: str) -> Any:
    return read_strategy(text, "f.yaml", ["plan"])


def environment(text: str, **more: Any) -> Any:
    return read_environment(text, "f.yaml", Service(replicas=4), **more)


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


# --- strategies ------------------------------------------------------------------------------------------------------


def test_a_strategy_is_read_whole() -> None:
    read = strategy(STRATEGY)
    assert (read.id, read.title, read.source, read.placement) == ("halves", Text("Halves", "절반씩"), "f.yaml", "")
    assert read.summary == Text("In two halves.", "In two halves.")
    [part] = read.parameters
    assert (part.id, part.kind, part.default) == ("part", ParameterKind.COUNT_OR_PERCENT, "50%")
    assert read.pools == (PoolSpec("stable", "stable", "old", True), PoolSpec("canary", "preview", "new", False))
    make, loop = read.body
    assert isinstance(make, StepSpec)
    assert make.who == (("pipeline", Text("creates", "생성")),)
    [create] = make.verbs
    assert create.count is not None
    assert (create.verb, create.pool, create.count.source) == (Verb.CREATE, "canary", "part")
    assert (create.line, create.column) == (17, 5)
    assert isinstance(loop, RepeatSpec)
    assert [(name, value.source) for name, value in loop.let] == [
        ("n", "min(part, stable.serving)"),
        ("left", "stable.serving - n"),
    ]
    pools = {"stable": SimpleNamespace(serving=3, running=3)}
    assert loop.until.evaluate(pools) is False
    assert loop.let[0][1].evaluate({"part": 2, **pools}) == 2
    [shift] = loop.steps
    assert shift.who == (("operator", Text("switches", "switches")), ("dba", Text("looks", "확인")))
    assert [pool for pool, _ in shift.verbs[0].weights] == ["canary", "stable"]
    assert shift.verbs[0].weights[0][1].source == "100 * n / replicas"
    assert (shift.verbs[1].seconds, shift.verbs[2].phase) == (7200, "standby")
    assert shift.checks == (
        CheckSpec(CheckKind.AUTOMATIC, "monitoring", Text("5xx low", "5xx low"), 600),
        CheckSpec(CheckKind.MANUAL, "operator", Text("orders of {{ new }}", "orders of {{ new }}")),
    )
    assert shift.rollback == Text("Route back.", "Route back.")


def test_a_loop_and_steps_keep_their_order() -> None:
    """A loop at the top level reads best where there is nothing else; both together go by the file's order."""
    head, _, loop = STRATEGY.partition("- repeat:")
    lines = ["repeat:", *(line[2:] for line in loop.strip("\n").splitlines())]
    assert [type(part) for part in strategy(head + "\n".join(lines)).body] == [StepSpec, RepeatSpec]


def test_weights_by_serving() -> None:
    read = strategy(
        changed(STRATEGY, '{canary: "100 * n / replicas", stable: "100 - 100 * n / replicas"}', "by-serving")
    )
    [route, *_] = read.body[1].steps[0].verbs
    assert (route.by_serving, route.weights) == (True, ())


@pytest.mark.parametrize(
    ("old", "new", "fault", "hint"),
    [
        ("name: halves", "name: Halves", "3:7: 'name' cannot be 'Halves'", "small letters"),
        ("name: halves", "name: plan", "3:7: 'plan' is a command of drawdeploy", "another name"),
        ("name: halves", "nam: halves", "3:1: unknown key 'nam' in the strategy", "did you mean 'name'?"),
        ("{en: Halves, ko: 절반씩}", "{en: Halves}", "4:8: 'title' is missing in 'ko'", "ko: 트래픽 전환"),
        ("{en: Halves, ko: 절반씩}", "{en: H, kr: K}", "4:16: unknown language 'kr'", "one of: en, ko"),
        ("{en: Halves, ko: 절반씩}", "[H]", "4:8: 'title' must be a text, or one in each language", ""),
        ("{en: Halves, ko: 절반씩}", "''", "4:8: 'title' must be a text", ""),
        ("{en: Halves, ko: 절반씩}", '"a\\u202eb"', "4:8: 'title' holds a character that cannot be shown", "direction"),
        ("{en: Halves, ko: 절반씩}", "x" * 81, "4:8: 'title' is longer than 80 characters", "shorten"),
        ("{en: Halves, ko: 절반씩}", '"{{ new }}"', "4:8: unknown value 'new'", "nothing can be named"),
        ("type: count-or-percent", "type: percents", "7:16: unknown type 'percents'", "did you mean 'percent'?"),
        ("default: 50%", "default: half", "7:43: the default 'half' is neither a number nor a percentage", "25%"),
        ("  part:", "  old:", "7:3: the name 'old' is taken", "another"),
        ("  part:", "  my_part:", "7:3: the parameter 'my_part' has a '_' in its name", "letters and digits"),
        ("begin: all", "begin: none", "9:3: no pool holds the running instances", "begin: all"),
        ("revision: new", "revision: newer", "10:22: unknown revision 'newer'", "did you mean 'new'?"),
        ("revision: new, ", "", "10:11: 'revision' is missing", ""),
        ("  canary: {rev", "  replicas: {rev", "10:3: the name 'replicas' is taken", "another"),
        ("  canary: {rev", "  Canary: {rev", "10:3: a name in 'pools' cannot be 'Canary'", "canary"),
        ("make {{ part }}", "make {{ prat }}", "13:10: unknown value 'prat'", "did you mean 'part'?"),
        ("make {{ part }}", "make {{ n }}", "13:10: unknown value 'n'", ""),
        ("make {{ part }}", "make {{ part", "13:10: '{{ service }}: make {{ part' cannot be worked out", ""),
        ("make {{ part }}", "make {{ part.serving }}", "13:10: '{{ service }}: make {{ part.serving }}' cannot", ""),
        (
            "make {{ part }}",
            "make {{ new / 2 }}",
            "13:10: '{{ service }}: make {{ new / 2 }}' cannot be worked out",
            "",
        ),
        ("who: pipeline", "who: pipline", "15:8: unknown actor 'pipline'", "did you mean 'pipeline'?"),
        ("create: {pool: canary", "creat: {pool: canary", "17:5: unknown verb 'creat'", "did you mean 'create'?"),
        (
            "create: {pool: canary",
            "mirror: {pool: canary",
            "17:5: the pool 'canary' is mirrored to before it",
            "create",
        ),
        ("create: {pool: canary", "create: {pool: canery", "17:20: unknown pool 'canery'", "did you mean 'canary'?"),
        ("create: {pool: canary, ", "create: {", "17:13: 'pool' is missing", ""),
        ("count: part", "cuont: part", "17:28: unknown key 'cuont' in 'create'", "did you mean 'count'?"),
        ("count: part", "count: prat", "17:35: unknown name 'prat'", "did you mean 'part'?"),
        ("count: part", "count: canary.runing", "17:35: 'canary.runing' is unknown", "did you mean 'running'?"),
        ("count: part", "count: 9 ** 9", "17:35: '9 ** 9' uses what is not allowed here", "min()"),
        ("count: part", "count: [1]", "17:35: 'count' must be a text", ""),
        ("until: stable.running == 0", "untl: 1", "19:5: a loop has either 'until' or 'each'", "each: {w: weights}"),
        ("let: {n: ", "let: {part: ", "20:11: the name 'part' is taken", "another"),
        ("left: stable.serving - n", "left: stable.serving - m", "20:49: unknown name 'm'", ""),
        ("id: shift", "id: make", "22:11: the step 'make' is there twice", "line 12"),
        ("id: shift", "id: ../etc", "22:11: 'id' cannot be '../etc'", "small letters"),
        (', stable: "100 - 100 * n / replicas"', "", "", ""),
        ("for: 2h", "for: 2 hours", "28:24: 'for' must be a time", "30m"),
        ("for: 2h", "for: 9000h", "28:24: 'for' is longer than 30 days", ""),
        ("phase: standby", "phase: waiting", "29:39: unknown phase 'waiting'", ""),
        ("{auto: 5xx low", "{auto: x, manual: 5xx low", "31:9: a check is either 'auto' or 'manual'", "auto:"),
        ("for: 10m}", "fro: 10m}", "31:25: unknown key 'fro' in a check", "did you mean 'for'?"),
    ],
)
def test_a_fault_of_a_strategy_has_its_place_and_a_hint(old: str, new: str, fault: str, hint: str) -> None:
    text = changed(STRATEGY, old, new)
    if not fault:
        strategy(text)
        return
    found = faults(strategy, text)
    matching = [(message, help) for message, help in found if message.startswith(f"f.yaml:{fault}")]
    assert matching, found
    assert hint in matching[0][1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml: nothing is described here"),
        ("- a", "f.yaml:1:1: a Strategy must be a mapping"),
        (
            STRATEGY.replace("kind: Strategy", "kind: Deployment"),
            "f.yaml:2:7: this describes a Deployment, not a Strategy",
        ),
        (STRATEGY.replace("drawdeploy/v1", "drawdeploy/v9"), "f.yaml:1:13: unknown version 'drawdeploy/v9'"),
        (STRATEGY + "---\na: 1\n", "f.yaml:35:1: a document that does not say what it describes"),
        (STRATEGY + "---\n" + STRATEGY, "f.yaml:1:1: there are 2 of the kind Strategy: halves, halves"),
        (STRATEGY.partition("steps:")[0], "f.yaml:1:1: there are no steps"),
        (STRATEGY.partition("steps:")[0] + "steps: []", "f.yaml:11:8: 'steps' is empty"),
        (STRATEGY.partition("steps:")[0] + "steps: {id: x}", "f.yaml:11:8: 'steps' must be a list"),
        (STRATEGY.partition("steps:")[0] + "steps: [x]", "f.yaml:11:9: an item of 'steps' must be a mapping"),
    ],
)
def test_what_is_no_strategy_at_all(text: str, message: str) -> None:
    assert message in [found for found, _ in faults(strategy, text)]


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    text = STRATEGY
    for old, new in [("revision: new,", "revision: nu,"), ("who: pipeline", "who: Pipeline"), ("for: 2h", "for: 2x")]:
        text = changed(text, old, new)
    assert [message.split(" ")[0] for message, _ in faults(strategy, text)] == [
        "f.yaml:10:22:",
        "f.yaml:15:8:",
        "f.yaml:28:24:",
    ]


def test_faults_beyond_count_are_counted() -> None:
    steps = "".join("- {id: A, title: t, text: t, do: [nothing]}\n" for _ in range(30))
    found = faults(strategy, STRATEGY.partition("steps:")[0] + "steps:\n" + steps)
    assert len(found) == 31
    assert found[-1] == ("f.yaml: 30 more faults", "mend these first")


# --- environments ----------------------------------------------------------------------------------------------------


def test_an_environment_is_read_whole() -> None:
    read = environment(ENVIRONMENT)
    assert (read.id, read.start_seconds, read.stop_seconds, read.entry) == ("small", 120, 5, ("users",))
    [site] = read.sites
    assert (site.id, site.kind, site.capacity, site.router, site.store) == ("here", "plain", 6, "lb", "db")
    assert [(node.id, node.kind, node.site, node.switch_seconds) for node in read.nodes] == [
        ("users", NodeKind.USERS, "", 0),
        ("lb", NodeKind.ROUTER, "here", 5),
        ("db", NodeKind.STORE, "here", 0),
        ("copy", NodeKind.STORE, "", 0),
    ]
    assert read.links == (Link("line", "db", "copy", Text("Line", "Line")),)
    [placement] = read.placements
    assert (placement.rounds, placement.split) == (((("old", "here"), ("new", "here")),), ("here",))
    assert read.advice == (Text("Watch it.", "Watch it."),)


@pytest.mark.parametrize(
    ("old", "new", "fault", "hint"),
    [
        ("kind: plain", "kind: moon", "8:20: unknown kind of site 'moon'", "plain, on-premises, cloud"),
        ("onprem.compute.Server", "onprem.compute.Servr", "8:49: unknown icon 'onprem.compute.Servr'", "Server'?"),
        ("replicas + 2", "replica + 2", "8:82: unknown name 'replica'", "did you mean 'replicas'?"),
        ("replicas + 2", "replicas / 3", "8:82: the capacity is 4/3 for 4 replicas", "whole number"),
        ("replicas + 2", "replicas - 4", "8:82: the capacity is 0 for 4 replicas", "elastic"),
        ("replicas + 2", "1 / 0", "8:82: '1 / 0' cannot be worked out: division by zero", ""),
        ("router: lb", "router: bl", "8:104: unknown router 'bl'", "one of: lb"),
        ("store: db", "store: lb", "8:115: unknown store 'lb'", ""),
        ("kind: users", "kind: user", "10:21: unknown kind of node 'user'", "did you mean 'users'?"),
        ("{id: db", "{id: here", "12:8: the id 'here' is taken", "line 8"),
        ("kind: router, site: here", "kind: router, site: hre", "11:32: unknown site 'hre'", "did you mean 'here'?"),
        ("entry: [users]", "entry: [lb]", "14:9: unknown node on the way of the users 'lb'", "users"),
        ("entry: [users]", "entry: [users, users]", "14:8: a node is on the way twice", ""),
        ("from: db", "from: dbb", "16:20: unknown node 'dbb'", "did you mean 'db'?"),
        ("rounds: [here]", "rounds: [there]", "20:38: unknown site 'there'", "did you mean 'here'?"),
        ("rounds: [here]", "rounds: [{old: here}]", "20:38: 'new' is missing", ""),
        ("[Watch it.]", '["Watch {{ service }}"]', "21:10: unknown value 'service'", "nothing can be named"),
        ("start: 2m", "begin: 2m", "6:9: unknown key 'begin' in 'times'", ""),
    ],
)
def test_a_fault_of_an_environment_has_its_place_and_a_hint(old: str, new: str, fault: str, hint: str) -> None:
    found = faults(environment, changed(ENVIRONMENT, old, new))
    matching = [(message, help) for message, help in found if message.startswith(f"f.yaml:{fault}")]
    assert matching, found
    assert hint in matching[0][1]


@pytest.mark.parametrize(
    ("name", "replicas", "capacity", "expected"),
    [
        ("plain", 3, None, [None]),
        ("plain", 3, 4, [4]),
        ("private", 3, None, [6]),
        ("private", 12, None, [24]),
        ("private", 3, 5, [5]),
        ("hybrid", 3, None, [4, None]),
        ("hybrid", 3, 9, [9, None]),
    ],
)
def test_capacity(name: str, replicas: int, capacity: int | None, expected: list[int | None]) -> None:
    """The private cloud holds exactly twice the replicas; what the user says goes to the site that has a limit."""
    read = describe.load_environment(name, Service(replicas=replicas), capacity)
    assert [site.capacity for site in read.sites] == expected


@pytest.mark.parametrize("capacity", [0, -1, 10**9])
def test_a_capacity_that_cannot_be(capacity: int) -> None:
    with pytest.raises(DrawDeployError, match="a capacity of"):
        describe.load_environment("private", Service(), capacity)


# --- targets ---------------------------------------------------------------------------------------------------------


def test_unknown_names_give_the_nearest() -> None:
    with pytest.raises(DrawDeployError, match=r"unknown strategy 'blugreen'\n  hint: did you mean 'bluegreen'\?"):
        describe.load_strategy("blugreen")
    with pytest.raises(DrawDeployError, match=r"unknown environment 'hibrid'\n  hint: did you mean 'hybrid'\?"):
        describe.load_environment("hibrid", Service())


def test_a_users_own_file(tmp_path: Path) -> None:
    file = tmp_path / "anything.yaml"
    file.write_text(STRATEGY, encoding="utf-8")
    read = describe.load_strategy(str(file))
    assert (read.id, read.source) == ("halves", str(file))
    (tmp_path / "small.yaml").write_text(ENVIRONMENT, encoding="utf-8")
    assert describe.load_environment(str(tmp_path / "small.yaml"), Service()).id == "small"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(STRATEGY.encode())))
    assert describe.load_strategy("-").source == "<stdin>"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("none.yaml", "none.yaml: there is no such file"),
        (".", ".: this is a folder, not a file"),
        ("a\0/b", "a?/b: cannot be read: embedded null byte"),
        ("", "unknown strategy ''"),
        ("\ud800", "unknown strategy"),
        ("x" * 5000, "unknown strategy"),
        ("y" * 5000 + ".yaml", "cannot be read"),
    ],
)
def test_targets_that_cannot_be(target: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DrawDeployError) as caught:
        describe.load_strategy(target)
    assert message in str(caught.value)


def test_a_folder_of_a_strategys_name_does_not_hide_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = describe.strategy_names()[0]
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    assert describe.load_strategy(name).id == name


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Installs a package with drawings: an entry point that names a folder."""
    package = tmp_path / "extra"
    for kind, files in {"strategies": ["halves", "plan", "wrong"], "environments": ["small", "plain"]}.items():
        (package / kind).mkdir(parents=True)
        for name in files:
            text = STRATEGY.replace("name: halves", f"name: {name}") if kind == "strategies" else ENVIRONMENT
            (package / kind / f"{name}.yaml").write_text(text, encoding="utf-8")
    (package / "strategies" / "wrong.yaml").write_text(STRATEGY, encoding="utf-8")
    (package / "__init__.py").write_text("", encoding="utf-8")
    info = tmp_path / "extra-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[drawdeploy.drawings]\nextra = extra\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    describe._shared.cache_clear()
    yield
    describe._shared.cache_clear()


@pytest.mark.usefixtures("installed")
def test_packages_bring_more_drawings() -> None:
    assert "halves" in describe.strategy_names()
    assert describe.load_strategy("halves").title.ko == "절반씩"
    assert describe.environment_names()[-1] == "small"
    assert describe.load_environment("small", Service()).id == "small"
    assert describe.load_environment("plain", Service()).title.en != "Small"


@pytest.mark.usefixtures("installed")
def test_a_drawing_cannot_take_a_commands_name() -> None:
    assert "plan" not in describe.strategy_names()
    with pytest.raises(DrawDeployError, match="'plan' is a command of drawdeploy"):
        describe.load_strategy("plan")


@pytest.mark.usefixtures("installed")
def test_a_drawing_is_called_as_its_file_is() -> None:
    with pytest.raises(DrawDeployError, match="its name is 'halves', but the file is called 'wrong'"):
        describe.load_strategy("wrong")


# --- what is built in ------------------------------------------------------------------------------------------------

DRAWINGS = sorted(resources.folder("drawings").glob("*/*.yaml"))


def test_all_that_is_built_in_is_listed_without_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "read", lambda *_: pytest.fail("read"))
    assert set(describe.strategy_names()) >= {path.stem for path in DRAWINGS if path.parent.name == "strategies"}
    assert set(describe.environment_names()) >= {"plain", "private", "hybrid"}


@pytest.mark.parametrize("name", describe.strategy_names())
def test_titles_of_steps_fit_a_banner(name: str) -> None:
    """As they are in a plan, in the first environment that can do what the strategy needs."""
    plan = next(plan for where in ("plain", "kubernetes") if (plan := plan_in(name, where)))
    for step in plan.steps:
        for lang in LANGUAGES:
            assert len(Words(lang).say(step.title)) <= 45
            assert Words(lang).say(step.text)
            assert all(len(Words(lang).say(act.text)) <= 16 for act in step.acts)


def plan_in(strategy: str, environment: str) -> Plan | None:
    service = Service(replicas=12)
    try:
        return expand(describe.load_strategy(strategy), describe.load_environment(environment, service), service)
    except DrawDeployError:
        return None


@pytest.mark.parametrize("name", describe.environment_names())
def test_an_environment_keeps_its_labels_short_and_gives_advice(name: str) -> None:
    read = describe.load_environment(name, Service())
    titles = [thing.title for thing in (*read.nodes, *read.actors, *read.sites)]
    assert [title for title in titles if max(len(title.en), len(title.ko)) > 14] == []
    assert 3 <= len(read.advice) <= 8
    assert {actor.id for actor in read.actors} >= {"pipeline", "tester", "monitoring", "operator"}


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_drawings_speak_both_languages_in_letters_that_the_font_has(path: Path) -> None:
    from drawdeploy.picture import fonts

    [document] = source.load(path.read_text(encoding="utf-8"), path.name)
    texts = [node for node in source.walk(document) if isinstance(node, source.MapNode) and node.get("en")]
    assert texts
    assert all(node.get("ko") for node in texts)
    written = [node.text for node in source.walk(document) if isinstance(node, source.ScalarNode)]
    assert {c for text in written for c in text if not fonts.has(c)} == set()


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_description_is_refused_and_never_breaks(data: st.DataObject) -> None:
    """Cuts, doubles or replaces a piece of a valid text: it is read, or refused with our own error."""
    text, read = data.draw(st.sampled_from([(STRATEGY, strategy), (ENVIRONMENT, environment)]))
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(len(text), begin + 40)))
    piece = data.draw(
        st.sampled_from(["", "[", "{}", "null", "- ", "\n", "~: ", "{{ x", "9" * 30, "*a", text[begin:end] * 2])
    )
    try:
        read(text[:begin] + piece + text[end:])
    except DrawDeployError as error:
        assert all(fault.message and fault.where for fault in error.faults)
