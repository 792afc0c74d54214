"""A comparison in one language: plain strings and numbers, ready to be laid out as table, Markdown or page."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from drawdeploy.compare import Candidate, Comparison, Criterion
from drawdeploy.costs import parts
from drawdeploy.model import Duration, Phrase, Scalar, Text
from drawdeploy.value import Value
from drawdeploy.words import Words, names


class Cell(Value):
    """A figure of one way.

    Attributes:
        text: In words.
        best: Whether none is better, and one is worse.
        alarm: Whether it speaks against this way.
        part: For a bar: as a part of the highest of its row; ``None`` for none.
    """

    text: str
    best: bool
    alarm: bool
    part: Fraction | None


class Row(Value):
    """One figure of all ways; ``note`` says more about it, and may be empty."""

    label: str
    note: str
    cells: tuple[Cell, ...]


class Moment(Value):
    """From a time on: exposure, serving capacity, and share of users without an answer."""

    second: int
    exposure: Fraction
    serving: Fraction
    lost: Fraction


class Way(Value):
    """One way.

    Attributes:
        target: As the user named it.
        title: Its strategy's title, with what tells it from the others.
        summary: Of its strategy.
        time: From start to end.
        course: Its figures over time.
        seconds: How long that is.
        chosen: Whether it is recommended.
        alarms: What is wrong with it.
    """

    target: str
    title: str
    summary: str
    time: str
    course: tuple[Moment, ...]
    seconds: int
    chosen: bool
    alarms: tuple[str, ...]


class Sheet(Value):
    """All that a comparison in one language says, but for the fixed words of its headings."""

    lang: str
    title: str
    summary: str
    new: str
    verdict: str
    reasons: tuple[str, ...]
    others: tuple[str, ...]
    against: tuple[str, ...]
    ways: tuple[Way, ...]
    rows: tuple[Row, ...]
    people: str


def build(comparison: Comparison, targets: Sequence[str], titles: Sequence[Text], words: Words) -> Sheet:
    """Tells a comparison in the language of ``words``.

    Args:
        comparison: What was found.
        targets: The ways as the user named them.
        titles: How they are called, in the same order.
        words: The language.
    """
    teller = _Teller(comparison, titles, words)
    first = comparison.candidates[0].plan
    environments = dict.fromkeys(words.text(one.plan.environment.title) for one in comparison.candidates)
    service = first.service
    return Sheet(
        lang=words.lang,
        title=teller.get(
            "title", service=service.name, old=service.old, new=service.new, count=len(comparison.candidates)
        ),
        summary=teller.get(
            "summary",
            service=service.name,
            replicas=service.replicas,
            count=len(comparison.candidates),
            environment=", ".join(environments),
        ),
        new=service.new,
        verdict=teller.say(comparison.verdict),
        reasons=tuple(map(teller.say, comparison.reasons)),
        others=tuple(map(teller.say, comparison.others)),
        against=tuple(map(teller.say, comparison.against)),
        ways=tuple(teller.way(index, target) for index, target in enumerate(targets)),
        rows=teller.rows(),
        people=teller.get("people") if any(one.ledger.total.approvals for one in comparison.candidates) else "",
    )


class _Teller:
    """Says the parts of one comparison in one language."""

    def __init__(self, comparison: Comparison, titles: Sequence[Text], words: Words) -> None:
        self.comparison, self.words = comparison, words
        self.titles = {str(index): title for index, title in enumerate(titles)}

    def get(self, key: str, **values: Scalar) -> str:
        return self.words.get(f"compare.{key}", **values)

    def say(self, phrase: Phrase) -> str:
        """A phrase; sites are those of the way it speaks of."""
        values = dict(phrase.values)
        index = int(str(values.get("plan", self.comparison.chosen or 0)))
        plan = self.comparison.candidates[index].plan
        said = self.words.say(phrase, {**names(plan), **self.titles})
        return said[:1].upper() + said[1:]

    def time(self, duration: Duration | None) -> str:
        return self.get("cell.never") if duration is None else self.words.duration(duration)

    def way(self, index: int, target: str) -> Way:
        one = self.comparison.candidates[index]
        service = one.plan.service
        values: dict[str, Scalar] = {
            "service": service.name,
            "old": service.old,
            "new": service.new,
            "replicas": service.replicas,
        }
        alarms = [phrase for phrase in self.comparison.against if dict(phrase.values).get("plan") == str(index)]
        return Way(
            target=target,
            title=self.words.text(self.titles[str(index)]),
            summary=self.words.text(one.plan.strategy.summary, values | dict(one.plan.parameters)),
            time=self.time(one.ledger.total),
            course=course(one),
            seconds=one.ledger.total.seconds,
            chosen=index == self.comparison.chosen,
            alarms=tuple(self.say(phrase) for phrase in alarms),
        )

    def rows(self) -> tuple[Row, ...]:
        """Every criterion; that nobody is lost by any way goes without saying."""
        ways = self.comparison.candidates
        wanted = [c for c in Criterion if c is not Criterion.OUTAGE or any(one.costs.lost for one in ways)]
        return tuple(self.row(criterion) for criterion in wanted)

    def row(self, criterion: Criterion) -> Row:
        ways = self.comparison.candidates
        best = self.comparison.best.get(criterion, ())
        sizes = [_size(criterion, one) for one in ways]
        known = [size for size in sizes if size is not None]
        highest = max(known, default=Fraction(0))
        new = ways[0].plan.service.new
        note = f"note.{criterion.value}"
        return Row(
            label=self.get(f"row.{criterion.value}", new=new),
            note=self.get(note, new=new) if self.words.has(f"compare.{note}") else "",
            cells=tuple(
                Cell(
                    self.cell(criterion, one),
                    index in best,
                    _bad(criterion, one),
                    None if size is None or not highest else size / highest,
                )
                for index, (one, size) in enumerate(zip(ways, sizes, strict=True))
            ),
        )

    def cell(self, criterion: Criterion, one: Candidate) -> str:
        """One figure in words."""
        costs, ledger, percent = one.costs, one.ledger, self.words.percent
        if criterion is Criterion.FITS:
            return self.fits(one)
        if criterion is Criterion.PEAK:
            return self.get("cell.surge", running=ledger.peak_running, surge=costs.surge)
        if criterion is Criterion.OUTAGE:
            time = self.words.seconds(costs.total.outage)
            return (
                self.get("cell.outage", lost=percent(costs.lost), time=time) if costs.lost else self.get("cell.nobody")
            )
        if criterion is Criterion.EXPOSED:
            return self.get("cell.exposed", minutes=_minutes(costs.total.exposed))
        if criterion is Criterion.LOWEST:
            return percent(ledger.lowest_serving)
        if criterion is Criterion.UNPROVEN:
            return percent(costs.unproven)
        times = {Criterion.TIME: ledger.total, Criterion.BACK: costs.back, Criterion.END: costs.end}
        return self.time(times[criterion])

    def fits(self, one: Candidate) -> str:
        """Whether it fits, and where not."""
        titles = names(one.plan)
        if one.over:
            site, running, capacity = one.over[0]
            return self.get("cell.over", site=self.words.text(titles[site]), running=running, capacity=capacity)
        return self.get("cell.yes" if one.returns else "cell.no_return")


def _size(criterion: Criterion, one: Candidate) -> Fraction | None:
    """The length of a bar; ``None`` for a figure that has none."""
    times = {Criterion.TIME: one.ledger.total, Criterion.BACK: one.costs.back, Criterion.END: one.costs.end}
    if criterion in times:
        time = times[criterion]
        return None if time is None else Fraction(time.seconds)
    sizes = {
        Criterion.PEAK: Fraction(one.ledger.peak_running),
        Criterion.LOWEST: one.ledger.lowest_serving,
        Criterion.UNPROVEN: one.costs.unproven,
        Criterion.EXPOSED: one.costs.total.exposed,
        Criterion.OUTAGE: one.costs.total.lost,
    }
    return sizes.get(criterion)


def _bad(criterion: Criterion, one: Candidate) -> bool:
    if criterion is Criterion.FITS:
        return bool(one.over) or not one.returns
    if criterion is Criterion.OUTAGE:
        return bool(one.costs.lost)
    if criterion is Criterion.LOWEST:
        return one.ledger.lowest_serving < 1
    return (criterion is Criterion.BACK and one.costs.back is None) or (
        criterion is Criterion.END and one.costs.end is None
    )


def _minutes(share_seconds: Fraction) -> str:
    """Minutes with as many digits as say something: ``0.4``, ``12``."""
    minutes = share_seconds / 60
    if minutes >= 10 or minutes.denominator == 1:
        return str(round(minutes))
    return "< 0.1" if 0 < minutes < Fraction(1, 10) else f"{float(minutes):.1f}"


def course(one: Candidate) -> tuple[Moment, ...]:
    """The figures of a plan over time: where they change, from the beginning on."""
    begin = one.ledger.begin
    found = [Moment(0, begin.exposure, begin.serving, begin.lost)]
    passed = 0
    for step, entry in zip(one.plan.steps, one.ledger.steps, strict=True):
        first, _, _ = parts(step)
        was, after = found[-1], entry.after
        if entry.lowest < min(was.serving, after.serving):
            found.append(Moment(passed, was.exposure, entry.lowest, was.lost))
        found.append(Moment(passed + first, after.exposure, after.serving, after.lost))
        passed += step.duration.seconds
    return tuple(found)
