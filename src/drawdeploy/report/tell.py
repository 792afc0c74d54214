"""Tells the steps of a plan in one language: what happens, who acts, what is checked, how to get back."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from drawdeploy.ledger import Figures, Ledger, StepFigures
from drawdeploy.model import (
    Act,
    Check,
    Duration,
    Move,
    Phase,
    Plan,
    Pool,
    Rollback,
    RollbackKind,
    Round,
    Scalar,
    Shift,
    Stage,
    State,
    Step,
    Verb,
)
from drawdeploy.report.view import Acting, Bar, Checking, Group, Point, Returning, Staging, Stepping
from drawdeploy.words import Words, names

if TYPE_CHECKING:
    from drawdeploy.picture.frames import Sheets

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
        self.tallies: dict[int, Bar] = {}  # by identity: states share most of their pools, and the plan keeps them
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

    def point(self, label: str, figures: Figures, state: State) -> Point:
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
            tuple(self.bar(state, site.site) for site in figures.sites),
        )

    def bar(self, state: State, site: str) -> Bar:
        """The instances at a site, by what they do."""
        bars = [self.tally(pool) for pool in state.pools if pool.site == site]
        return Bar(
            sum(bar.old for bar in bars),
            sum(bar.new for bar in bars),
            sum(bar.standby for bar in bars),
            sum(bar.other for bar in bars),
        )

    def tally(self, pool: Pool) -> Bar:
        """The instances of a pool, by what they do."""
        if id(pool) not in self.tallies:
            counts = Counter((instance.phase, instance.revision == "old") for instance in pool.instances)
            old, new = counts[Phase.SERVING, True], counts[Phase.SERVING, False]
            standby = counts[Phase.STANDBY, True] + counts[Phase.STANDBY, False]
            self.tallies[id(pool)] = Bar(old, new, standby, pool.running - old - new - standby)
        return self.tallies[id(pool)]

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
        if move.shifts:
            weights = (self.weights(source, tuple(group)) for source, group in groupby(move.shifts, lambda s: s.source))
            said = self.get("move.weights", said=said, weights=" · ".join(weights))
        return f"{said} ({self.words.seconds(move.seconds)})" if move.seconds else said

    def weights(self, source: str, shifts: tuple[Shift, ...]) -> str:
        """What a node is told: "GSLB / DNS: HAProxy ×2 100 % → 0 %, AWS ELB 0 % → 100 %"."""
        percent = self.words.percent
        told = (f"{self.name(s.target)} {percent(s.before)} → {percent(s.after)}" for s in shifts)
        return f"{self.name(source)}: {', '.join(told)}"

    def moves(self, state: State, moves: tuple[Move, ...]) -> tuple[str, ...]:
        """All moves of a step or stage, a text for each batch; the same words twice are said once."""
        told: list[str] = []
        for batches, group in groupby(moves, lambda move: move.batches):
            found = [self.move(state, move) for move in group if move.verb is not Verb.OBSERVE or move.seconds]
            if batches:
                first, last = batches
                key = "stage.batch" if first == last else "stage.alike"
                found = [self.get(key, first=first, last=last, moves="; ".join(found))]
            told += found
        return tuple(dict.fromkeys(told))

    def stage(self, stage: Stage, figures: Figures | None) -> Staging:
        """A stage of a rollback, with what holds after it."""
        reason = self.words.say(stage.reason, self.names) if stage.reason and not stage.moves else ""
        notes = (self.get("stage.batches", batches=stage.batches),) if stage.batches > 1 else ()
        result = ""
        if figures and stage.moves and stage.possible:
            point = self.point("", figures, stage.after)
            result = self.get("stage.result", new=self.plan.service.new, share=point.exposure, level=point.capacity)
        return Staging(
            stage.kind.value,
            self.get(f"stage.{stage.kind.value}"),
            self.words.say(stage.title, self.names),
            reason,
            self.time(stage.duration) if stage.moves and stage.fits else "",
            self.moves(stage.before, stage.moves) if stage.possible else (),
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
        times = {}
        for told, stage in zip(stages, rollback.stages, strict=True):
            unfit = "" if stage.fits else self.get("label.unfit" if stage.possible else "label.stuck")
            times[told.kind] = unfit or told.time or NOTHING
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
        place, length = self.plan.place(step)
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
            self.point(str(step.number), figures.after, step.after),
            self.time(step.duration),
            self.time(figures.elapsed),
            self.rollback(step, figures),
            tuple(self.words.say(w.message, self.names) for w in self.plan.warnings if step.number in w.steps),
            step.number in self.drawn,
            self.frames.get(("step", step.number)),
            step.number == self.plan.here,
        )

    def round(self, turn: Round | None) -> str:
        """Heading of a round."""
        if turn is None or turn.total == 1:
            return ""
        said = self.get("round", index=turn.index, total=turn.total)
        return f"{said} · {self.name(turn.site)}" if turn.site else said

    def groups(self) -> tuple[Group, ...]:
        """The steps, round by round."""
        figures = {entry.number: entry for entry in self.ledger.steps}
        before = [self.point(self.get("start"), self.ledger.begin, self.plan.begin)]
        found = []
        for turn, steps in groupby(self.plan.steps, key=lambda step: step.round):
            told = []
            for step in steps:
                told.append(self.step(step, before[-1], figures[step.number]))
                before.append(told[-1].after)
            found.append(Group(self.round(turn), tuple(told)))
        return tuple(found)
