"""What both reports show, in one language: plain strings and figures, ready to be laid out.

Everything said here may come from a user (a service's name, a description's texts). Nothing is escaped yet: that is
the business of the format (:mod:`drawdeploy.report.pour`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

from drawdeploy.ledger import Figures, Ledger, SiteFigures, StepFigures
from drawdeploy.model import (
    Act,
    Check,
    Duration,
    Move,
    Plan,
    Rollback,
    RollbackKind,
    Round,
    Scalar,
    Stage,
    State,
    Step,
    Verb,
)
from drawdeploy.words import Words, names

if TYPE_CHECKING:
    from drawdeploy.picture.frames import Frame, Sheets


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, and what they do."""

    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Checking:
    """A check: ``kind`` is ``manual`` or ``automatic``, ``label`` says it, ``time`` may be empty."""

    kind: str
    label: str
    who: str
    text: str
    time: str


@dataclass(frozen=True, slots=True)
class Point:
    """The figures of one state, as texts and as numbers.

    Attributes:
        label: Of the state: a step's number, or "Start".
        exposure: Share of the new revision, in words; ``share`` is the number.
        capacity: Serving capacity, in words; ``level`` is the number, 1 as many as at the start.
    """

    label: str
    exposure: str
    capacity: str
    serving: int
    standby: int
    running: int
    share: Fraction
    level: Fraction
    sites: tuple[SiteFigures, ...]

    @property
    def overflow(self) -> int:
        """How many instances do not fit, over all sites."""
        return sum(site.overflow for site in self.sites)


@dataclass(frozen=True, slots=True)
class Staging:
    """One stage of a rollback; ``reason`` is empty unless there is nothing to do in it."""

    kind: str
    label: str
    title: str
    reason: str
    time: str
    moves: tuple[str, ...]
    acts: tuple[Acting, ...]
    notes: tuple[str, ...]
    fits: bool
    result: str


@dataclass(frozen=True, slots=True)
class Returning:
    """A rollback. ``contain`` and ``restore`` are how long each stage takes, "–" if it does nothing."""

    summary: str
    contain: str
    restore: str
    stages: tuple[Staging, ...]
    possible: bool
    fits: bool
    picture: Frame | None


@dataclass(frozen=True, slots=True)
class Stepping:
    """One step.

    Attributes:
        badge: "2 / 4"; in a loop its place in the round.
        unchecked: What to say if there is no check.
        warnings: Messages of the plan's warnings that hold in this step.
    """

    number: int
    badge: str
    title: str
    text: str
    acts: tuple[Acting, ...]
    who: str
    moves: tuple[str, ...]
    checks: tuple[Checking, ...]
    unchecked: str
    before: Point
    after: Point
    time: str
    elapsed: str
    rollback: Returning
    warnings: tuple[str, ...]
    drawn: bool
    picture: Frame | None


@dataclass(frozen=True, slots=True)
class Block:
    """Either one drawn step, or a run of steps that are only listed."""

    drawn: Stepping | None
    listed: tuple[Stepping, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The steps of one round; ``title`` is empty outside loops."""

    title: str
    steps: tuple[Stepping, ...]

    @property
    def blocks(self) -> Iterator[Block]:
        """The steps in order, neighbours that are not drawn taken together."""
        for drawn, run in groupby(self.steps, key=lambda step: step.drawn):
            if drawn:
                yield from (Block(step, ()) for step in run)
            else:
                yield Block(None, tuple(run))


@dataclass(frozen=True, slots=True)
class Alarm:
    """A warning, what to do instead, and in which steps it holds ("Steps 1–2"; may be empty)."""

    message: str
    hint: str
    steps: str


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report in one language says, but for the fixed words of its headings.

    Attributes:
        kind: What the page is; the made title, where the user gave one of their own.
    """

    lang: str
    kind: str
    title: str
    author: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    highlights: tuple[tuple[str, str, str], ...]
    alarms: tuple[Alarm, ...]
    overview: Frame | None
    start: Frame | None
    points: tuple[Point, ...]
    groups: tuple[Group, ...]
    sites: tuple[tuple[str, str], ...]
    advice: tuple[str, ...]
    assumptions: tuple[str, ...]
    new: str
    environment: str

    @property
    def steps(self) -> tuple[Stepping, ...]:
        """The steps of all groups."""
        return tuple(step for group in self.groups for step in group.steps)


NOTHING = "–"


def spans(numbers: tuple[int, ...]) -> list[tuple[int, int]]:
    """Runs of consecutive numbers: ``(1, 2, 3, 7)`` gives ``[(1, 3), (7, 7)]``."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


class Teller:
    """Says the parts of one plan in one language."""

    def __init__(self, plan: Plan, ledger: Ledger, words: Words, sheets: Sheets | None) -> None:
        self.plan, self.ledger, self.words = plan, ledger, words
        self.names = names(plan)
        self.frames = {(frame.kind, frame.number): frame for frame in sheets.frames} if sheets else {}
        self.values = tuple(
            {
                "service": plan.service.name,
                "old": plan.service.old,
                "new": plan.service.new,
                "replicas": plan.service.replicas,
                **dict(plan.parameters),
            }.items()
        )
        drawn = {number for kind, number in self.frames if kind == "step"}
        self.drawn = drawn or {step.number for step in plan.steps if step.key}

    def get(self, key: str, **values: Scalar) -> str:
        """A text of this room's catalogue."""
        return self.words.get(f"report.{key}", **values)

    def name(self, thing: str) -> str:
        """The title of a site, node, actor or pool."""
        return self.words.text(self.names[thing]) if thing in self.names else thing

    def time(self, duration: Duration) -> str:
        """How long something takes; nothing at all takes no time."""
        return self.words.duration(duration)

    def point(self, label: str, figures: Figures) -> Point:
        """The figures of a state."""
        return Point(
            label,
            self.words.percent(figures.exposure),
            self.words.percent(figures.serving),
            sum(site.serving for site in figures.sites),
            sum(site.standby for site in figures.sites),
            figures.running,
            figures.exposure,
            figures.serving,
            figures.sites,
        )

    def acts(self, acts: tuple[Act, ...]) -> tuple[Acting, ...]:
        """Who acts."""
        return tuple(Acting(self.name(act.actor), self.words.say(act.text, self.names)) for act in acts)

    def check(self, check: Check) -> Checking:
        """A check before going on."""
        kind = check.kind.value
        time = self.words.seconds(check.seconds) if check.seconds else ""
        text = self.words.say(check.text, self.names)
        return Checking(kind, self.get(f"check.{kind}"), self.name(check.who), text, time)

    def instances(self, state: State, move: Move) -> str:
        """The instances of a move by their names: "blue-1 – blue-3"."""
        if not move.pool or not move.numbers:
            return self.name(move.pool) if move.pool else ""
        role = state.pool(move.pool).role
        parts: list[str] = []
        for first, last in spans(move.numbers):
            ends = [f"{role}-{number}" for number in sorted({first, last})]
            parts.append((" – " if last - first > 1 else ", ").join(ends))
        return ", ".join(parts)

    def move(self, state: State, move: Move) -> str:
        """A verb as it is carried out, in a few words."""
        what = self.instances(state, move)
        key = "move.end" if move.off else f"move.{move.verb.value}"
        said = self.get(key, what=what)
        return f"{said} ({self.words.seconds(move.seconds)})" if move.seconds else said

    def moves(self, state: State, moves: tuple[Move, ...]) -> tuple[str, ...]:
        """All moves of a step or stage; the same words twice are said once (one routing at two routers)."""
        return tuple(dict.fromkeys(self.move(state, move) for move in moves if move.verb is not Verb.OBSERVE or move.seconds))

    def stage(self, stage: Stage, figures: Figures | None) -> Staging:
        """A stage of a rollback, with what holds after it."""
        reason = self.words.say(stage.reason, self.names) if stage.reason and not stage.moves else ""
        notes = (self.get("stage.batches", batches=stage.batches),) if stage.batches > 1 else ()
        result = ""
        if figures and stage.moves:
            point = self.point("", figures)
            result = self.get("stage.result", new=self.plan.service.new, share=point.exposure, level=point.capacity)
        return Staging(
            stage.kind.value,
            self.get(f"stage.{stage.kind.value}"),
            self.words.say(stage.title, self.names),
            reason,
            self.time(stage.duration) if stage.moves else "",
            self.moves(stage.before, stage.moves),
            self.acts(stage.acts) if stage.moves else (),
            notes,
            stage.fits,
            result,
        )

    def rollback(self, step: Step, figures: StepFigures) -> Returning:
        """The way back from a step."""
        rollback: Rollback = step.rollback
        after = (*figures.stages, *(None for _ in rollback.stages))
        stages = tuple(self.stage(stage, after[i]) for i, stage in enumerate(rollback.stages))
        times = {stage.kind: stage.time or NOTHING for stage in stages}
        return Returning(
            self.words.say(rollback.summary, self.names),
            times.get("contain", NOTHING),
            times.get("restore", NOTHING),
            stages,
            rollback.kind is not RollbackKind.NONE,
            figures.fits,
            self.frames.get(("rollback", step.number)),
        )

    def step(self, step: Step, before: Point, figures: StepFigures) -> Stepping:
        """A step with its figures."""
        place, length = step.in_round or (step.number, len(self.plan.steps))
        acts = self.acts(step.acts)
        return Stepping(
            step.number,
            f"{place} / {length}",
            self.words.say(step.title, self.names),
            self.words.say(step.text, self.names),
            acts,
            ", ".join(dict.fromkeys(act.who for act in acts)) or NOTHING,
            self.moves(step.before, step.moves),
            tuple(self.check(check) for check in step.checks),
            self.get("label.last" if step is self.plan.steps[-1] else "label.none"),
            before,
            self.point(str(step.number), figures.after),
            self.time(step.duration),
            self.time(figures.elapsed),
            self.rollback(step, figures),
            tuple(self.words.say(w.message, self.names) for w in self.plan.warnings if step.number in w.steps),
            step.number in self.drawn,
            self.frames.get(("step", step.number)),
        )

    def round(self, turn: Round | None) -> str:
        """Heading of a round."""
        if turn is None:
            return ""
        said = self.get("round", index=turn.index, total=turn.total)
        return f"{said} · {self.name(turn.site)}" if turn.site else said

    def groups(self) -> tuple[Group, ...]:
        """The steps, round by round."""
        figures = {entry.number: entry for entry in self.ledger.steps}
        before = [self.point(self.get("start"), self.ledger.begin)]
        found = []
        for turn, steps in groupby(self.plan.steps, key=lambda step: step.round):
            told = []
            for step in steps:
                told.append(self.step(step, before[-1], figures[step.number]))
                before.append(told[-1].after)
            found.append(Group(self.round(turn), tuple(told)))
        return tuple(found)

    def alarms(self) -> tuple[Alarm, ...]:
        """The plan's warnings."""
        found = []
        for warning in self.plan.warnings:
            runs = [str(a) if a == b else f"{a}–{b}" for a, b in spans(warning.steps)]
            steps = self.get("steps", n=len(warning.steps), which=", ".join(runs)) if runs else ""
            hint = self.words.say(warning.hint, self.names)
            found.append(Alarm(self.words.say(warning.message, self.names), hint, steps))
        return tuple(found)

    def sites(self) -> tuple[tuple[str, str], ...]:
        """The sites that the plan uses: id and title."""
        return tuple((site.site, self.name(site.site)) for site in self.ledger.begin.sites)

    def facts(self) -> tuple[tuple[str, str], ...]:
        """What the plan was made from."""
        plan, words = self.plan, self.words
        rows = [
            (self.get("fact.service"), plan.service.name),
            (self.get("fact.versions"), f"{plan.service.old} → {plan.service.new}"),
            (self.get("fact.strategy"), words.text(plan.strategy.title, self.values)),
            (self.get("fact.environment"), words.text(plan.environment.title, self.values)),
        ]
        if len(plan.environment.placements) > 1:
            rows.append((self.get("fact.placement"), words.text(plan.placement.title, self.values)))
        rows.append((self.get("fact.replicas"), str(plan.service.replicas)))
        helps = {parameter.id: words.text(parameter.help, self.values) for parameter in plan.strategy.parameters}
        for key, value in plan.parameters:
            shown = words.percent(value) if isinstance(value, Fraction) else str(value)
            rows.append((helps.get(key) or key, shown))
        for site in self.ledger.begin.sites:
            room = self.get("elastic") if site.capacity is None else str(site.capacity)
            rows.append((self.get("fact.capacity", site=self.name(site.site)), room))
        return tuple(rows)

    def highlights(self) -> tuple[tuple[str, str, str], ...]:
        """The four figures to remember: label, figure, remark."""
        ledger, get = self.ledger, self.get
        back = [entry for entry in ledger.steps if entry.rollback]
        slowest = max(back, key=lambda entry: (entry.contain + entry.restore).seconds, default=None)
        begin = ledger.begin.running
        rows = [
            (get("high.time"), self.time(ledger.total), get("high.steps", n=len(self.plan.steps))),
            (get("high.capacity"), self.words.percent(ledger.lowest_serving), get("high.lowest")),
            (get("high.peak"), str(ledger.peak_running), get("high.from", n=begin)),
        ]
        if slowest:
            worst = self.time(slowest.contain + slowest.restore)
            rows.append((get("high.rollback"), worst, get("high.slowest", n=slowest.number)))
        return tuple(rows)

    def summary(self) -> str:
        """The paragraph at the top."""
        plan = self.plan
        course = self.get(
            "course",
            steps=len(plan.steps),
            replicas=plan.service.replicas,
            old=plan.service.old,
            new=plan.service.new,
            time=self.time(self.ledger.total),
            lowest=self.words.percent(self.ledger.lowest_serving),
            peak=self.ledger.peak_running,
        )
        texts = [self.words.text(text, self.values) for text in (plan.strategy.summary, plan.environment.summary)]
        return " ".join(text.strip() for text in (*texts, course) if text.strip())

    def assumptions(self) -> tuple[str, ...]:
        """What the times are made of."""
        environment, seconds = self.plan.environment, self.words.seconds
        start, stop = seconds(environment.start_seconds), seconds(environment.stop_seconds)
        switches = [
            self.get("assume.switch", node=self.name(node.id), time=seconds(node.switch_seconds))
            for node in environment.nodes
            if node.switch_seconds
        ]
        return (self.get("assume.instance", start=start, stop=stop), *switches, self.get("assume.people"))


def build(
    plan: Plan, ledger: Ledger, words: Words, sheets: Sheets | None, *, title: str = "", author: str = ""
) -> Report:
    """Tells a plan in the language of ``words``.

    Args:
        plan: What happens.
        ledger: Its figures.
        words: The language.
        sheets: Its pictures, if any. Steps with a picture are told in full, the others in tables; without pictures the
            plan's key steps are.
        title: The user's own title; empty for one made of service, strategy and environment.
        author: Shown below the title, if given.
    """
    tell = Teller(plan, ledger, words, sheets)
    strategy, environment = (words.text(part.title, tell.values) for part in (plan.strategy, plan.environment))
    service = plan.service
    made = tell.get(
        "title", service=service.name, old=service.old, new=service.new, strategy=strategy, environment=environment
    )
    groups = tell.groups()
    start = tell.point(tell.get("start"), ledger.begin)
    return Report(
        lang=words.lang,
        kind=made if title.strip() else tell.get("kind"),
        title=title.strip() or made,
        author=author,
        summary=tell.summary(),
        facts=tell.facts(),
        highlights=tell.highlights(),
        alarms=tell.alarms(),
        overview=tell.frames.get(("overview", -1)),
        start=tell.frames.get(("start", 0)),
        points=(start, *(step.after for group in groups for step in group.steps)),
        groups=groups,
        sites=tell.sites(),
        advice=tuple(words.text(text, tell.values) for text in plan.environment.advice),
        assumptions=tell.assumptions(),
        new=service.new,
        environment=environment,
    )
