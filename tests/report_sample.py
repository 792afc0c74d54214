"""A plan made by hand, its pictures made up: what reports are tested with, whatever the other rooms do."""

from __future__ import annotations

from fractions import Fraction

from drawdeploy.ledger import Figures, Ledger, SiteFigures, StepFigures
from drawdeploy.model import (
    Act,
    Actor,
    Check,
    CheckKind,
    Duration,
    Environment,
    Instance,
    Move,
    Node,
    NodeKind,
    Outcome,
    Phase,
    Phrase,
    Placement,
    Plan,
    Pool,
    PoolSpec,
    Rollback,
    RollbackKind,
    Round,
    Service,
    Site,
    Stage,
    StageKind,
    State,
    Step,
    Strategy,
    Text,
    Verb,
    Warning,
)
from drawdeploy.value import Value, replace


class Frame(Value):
    name: str
    kind: str
    number: int
    width: float
    height: float
    body: str
    alt: str
    title: str = ""
    icons: tuple[str, ...] = ()


class Sheets(Value):
    frames: tuple[Frame, ...]
    icons: tuple[tuple[str, str], ...] = ()
    lang: str = "en"
    theme: str = "light"
    characters: str = "Sample"


def same(text: str) -> Text:
    return Text(text, text)


def said(text: str, **values: object) -> Phrase:
    return Phrase(text=same(text), values=tuple(values.items()))  # type: ignore[arg-type]  # only scalars are given


def state(*phases: str) -> State:
    """Two pools, ``phases`` one letter an instance: s(erving) w(aiting) r(eady) p(lanned) x (removed)."""
    letters = {"s": Phase.SERVING, "w": Phase.STANDBY, "r": Phase.READY, "p": Phase.PLANNED, "x": Phase.REMOVED}
    pools = []
    for pool, revision, site, row in zip(("old", "new"), ("old", "new"), ("here", "there"), phases, strict=True):
        instances = tuple(Instance(i + 1, revision, letters[letter]) for i, letter in enumerate(row))
        pools.append(Pool(f"{pool}@{site}", pool, revision, site, instances))
    return State(tuple(pools), ())


def figures(now: State, capacity: int | None) -> Figures:
    old, new = now.pools
    sites = (
        SiteFigures("here", old.running, old.serving, old.count(Phase.STANDBY), capacity),
        SiteFigures("there", new.running, new.serving, new.count(Phase.STANDBY), None),
    )
    all_serving = old.serving + new.serving
    share = Fraction(new.serving, all_serving) if all_serving else Fraction(0)
    return Figures(share, Fraction(all_serving, len(old.instances)), old.running + new.running, sites)


def stages(before: State, begin: State) -> tuple[Stage, ...]:
    nothing = before == begin
    moves = (Move(Verb.STANDBY, "new@there", (1,)), Move(Verb.ROUTE), Move(Verb.RESUME, "old@here", (1, 2, 3)))
    return (
        Stage(
            StageKind.CONTAIN,
            said("Back to the old"),
            said("Nothing is live yet.") if nothing else None,
            () if nothing else moves,
            () if nothing else (Act("operator", said("rolls back")),),
            before,
            begin,
            Duration(),
        ),
        Stage(
            StageKind.RESTORE,
            said("Remove the new"),
            None,
            (Move(Verb.REMOVE, "new@there", (1, 3), seconds=15),),
            (Act("pipeline", said("removes")),),
            begin,
            begin,
            Duration(15),
            created=2,
            batches=2,
        ),
    )


COURSE = (
    ("create-and-test", "Create {{ new }} and test it", "sss", "rrr"),
    ("switch", "Switch traffic to {{ new }}", "www", "sss"),
    ("watch", "Watch {{ new }}", "www", "sss"),
    ("remove-old", "Remove {{ old }}", "xxx", "sss"),
)


def plan(*, rounds: int = 1, name: str = "shop", new: str = "v2", capacity: int | None = 6, warn: bool = False) -> Plan:
    """Four steps, once or in ``rounds`` rounds."""
    here = Site(
        "here", "on-premises", Text("On-premises", "온프레미스"), same(""), "generic.compute.Rack", capacity, "router"
    )
    there = Site("there", "cloud", Text("Cloud", "클라우드"), same(""), "aws.compute.EC2", None, "router")
    environment = Environment(
        id="somewhere",
        title=Text("Somewhere", "어딘가"),
        summary=Text("Two sites.", "사이트 두 곳."),
        sites=(here, there),
        nodes=(Node("router", NodeKind.ROUTER, Text("Router", "라우터"), "aws.network.ELB", switch_seconds=60),),
        entry=("users",),
        links=(),
        actors=(
            Actor("operator", Text("Operator", "운영자"), "x"),
            Actor("pipeline", Text("Pipeline", "파이프라인"), "x"),
            Actor("tester", Text("Tester", "테스터"), "x"),
        ),
        placements=(Placement("across", Text("Across sites", "사이트 분산"), (), ()),),
        advice=(Text("Lower the TTL of DNS first.", "DNS TTL을 먼저 낮춥니다."),),
    )
    strategy = Strategy(
        "sample", Text("Sample", "표본"), Text("{{ old }} gives way.", "{{ old }}을 교체합니다."), (), (), ()
    )
    strategy = replace(strategy, pools=(PoolSpec("old", "old", "old", True), PoolSpec("new", "new", "new", False)))
    service = Service(name, "v1", new, 3)
    begin = state("sss", "ppp")
    steps: list[Step] = []
    for turn in range(1, rounds + 1):
        for place, (id_, title, old_row, new_row) in enumerate(COURSE, 1):
            before, after = steps[-1].after if steps else begin, state(old_row, new_row)
            steps.append(
                Step(
                    number=len(steps) + 1,
                    id=id_,
                    title=said(title, old="v1", new=new),
                    text=said("{{ service }} changes, and all is said about it.", service=name),
                    acts=(Act("pipeline", said("creates")), Act("tester", said("tests"))),
                    moves=(Move(Verb.CREATE, "new@there", (1, 2, 3), 60), Move(Verb.ROUTE)),
                    checks=(
                        Check(CheckKind.AUTOMATIC, "pipeline", said("5xx < 1 %"), 600),
                        Check(CheckKind.MANUAL, "tester", said("order flow on {{ new }}", new=new)),
                    ),
                    round=Round(turn, rounds, "there") if rounds > 1 else None,
                    in_round=(place, 4) if rounds > 1 else None,
                    key=turn == 1 or place == 4,
                    before=before,
                    after=after,
                    duration=Duration(60 * place, 1),
                    rollback=Rollback(
                        RollbackKind.DERIVED, said("The old ones return at once."), stages(before, begin)
                    ),
                )
            )
    warnings = (Warning(said("6 instances do not fit."), said("Add a host."), (1, 2, 3, 6)),) if warn else ()
    where = environment.placements[0]
    batch = (("batch", 1),)
    return Plan(service, strategy, environment, where, batch, begin, tuple(steps), Outcome.PROMOTED, warnings)


def ledger(made: Plan) -> Ledger:
    capacity = made.environment.sites[0].capacity
    total, entries = Duration(), []
    for step in made.steps:
        total += step.duration
        contain, restore = (stage.duration for stage in step.rollback.stages)
        after = tuple(figures(stage.after, capacity) for stage in step.rollback.stages)
        entries.append(StepFigures(step.number, figures(step.after, capacity), total, 2, contain, restore, after, True))
    begin = figures(made.begin, capacity)
    lowest = min(entry.after.serving for entry in entries)
    peak = max(entry.after.running for entry in entries)
    return Ledger(begin, tuple(entries), lowest, peak, total)


def sheets(made: Plan, *, lang: str = "en", theme: str = "light", alt: str = "A picture") -> Sheets:
    """Pictures of the key steps: grey boxes with a word in them."""

    def frame(name: str, kind: str, number: int) -> Frame:
        ground = {"light": "#f6f8fb", "dark": "#11161e"}[theme]
        word = f'<text x="40" y="80" font-size="32" fill="#888">{name}</text>'
        body = f'<rect width="1000" height="614" fill="{ground}"/>{word}'
        return Frame(name, kind, number, 1000, 614, body, f"{alt}: {name}")

    drawn = [frame("overview", "overview", -1), frame("00-start", "start", 0)]
    for step in made.steps:
        if step.key:
            drawn += [
                frame(made.stem(step), "step", step.number),
                frame(f"{made.stem(step)}.rollback", "rollback", step.number),
            ]
    return Sheets(tuple(drawn), (("icon-a", "data:image/png;base64,AAAA"),), lang, theme)
