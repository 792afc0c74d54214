"""The same service deployed in several ways: the figures side by side, and what they recommend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from fractions import Fraction

from drawdeploy.costs import Costs
from drawdeploy.ledger import Ledger
from drawdeploy.model import Duration, Phrase, Plan, Scalar
from drawdeploy.value import Value

ENOUGH = Fraction(9, 10)
"""Serving capacity that is good enough, if none keeps more."""


class Criterion(StrEnum):
    """What the ways are measured by, in the order in which they are shown."""

    FITS = "fits"
    PEAK = "peak"
    LOWEST = "lowest"
    OUTAGE = "outage"
    UNPROVEN = "unproven"
    EXPOSED = "exposed"
    TIME = "time"
    BACK = "back"
    END = "end"


class Candidate(Value):
    """One way.

    Attributes:
        plan: What happens.
        ledger: Its figures.
        costs: Its costs.
    """

    plan: Plan
    ledger: Ledger
    costs: Costs

    @property
    def over(self) -> tuple[tuple[str, int, int], ...]:
        """Sites that hold less than would run there: id, the most at once, capacity."""
        found = []
        for index, site in enumerate(self.ledger.begin.sites):
            peak = max([site.running, *(entry.peaks[index] for entry in self.ledger.steps if entry.peaks)])
            if site.capacity is not None and peak > site.capacity:
                found.append((site.site, peak, site.capacity))
        return tuple(found)

    @property
    def returns(self) -> bool:
        """Whether there is room for the rollback from every step."""
        return all(entry.fits for entry in self.ledger.steps)


class Comparison(Value):
    """All ways, and what follows.

    Attributes:
        candidates: As given. In a phrase, a value named ``plan`` or ending so is the index of one, as text.
        best: For every criterion in which they differ, the indices of the best.
        chosen: Index of the one that is recommended; ``None`` if none fits.
        verdict: That, in a sentence.
        reasons: Why.
        others: When one of the others is better.
        against: What speaks against those that were not considered.
    """

    candidates: tuple[Candidate, ...]
    best: dict[Criterion, tuple[int, ...]]
    chosen: int | None
    verdict: Phrase
    reasons: tuple[Phrase, ...]
    others: tuple[Phrase, ...]
    against: tuple[Phrase, ...]


Rank = Callable[[Candidate], tuple[Fraction | int, ...]]

_NEVER = (1, 0, 0)


def _slow(time: Duration | None) -> tuple[int, int, int]:
    """To be sorted by: what is never done comes last."""
    return _NEVER if time is None else (0, time.seconds, time.approvals)


RANKS: dict[Criterion, Rank] = {
    Criterion.FITS: lambda one: (sum(peak - capacity for _, peak, capacity in one.over), int(not one.returns)),
    Criterion.PEAK: lambda one: (one.ledger.peak_running,),
    Criterion.LOWEST: lambda one: (-one.ledger.lowest_serving,),
    Criterion.OUTAGE: lambda one: (one.costs.total.lost,),
    Criterion.UNPROVEN: lambda one: (one.costs.unproven,),
    Criterion.EXPOSED: lambda one: (one.costs.total.exposed,),
    Criterion.TIME: lambda one: (one.ledger.total.seconds, one.ledger.total.approvals),
    Criterion.BACK: lambda one: _slow(one.costs.back),
    Criterion.END: lambda one: _slow(one.costs.end),
}
"""By what each criterion sorts; less is better."""

PREFERENCE = (Criterion.UNPROVEN, Criterion.BACK, Criterion.PEAK, Criterion.TIME)
"""Among those that fit and keep serving: fewest users at risk first, then the fastest way back, room, and time."""


def compare(candidates: Sequence[Candidate]) -> Comparison:
    """Puts several ways side by side.

    Args:
        candidates: At least one.
    """
    ways = tuple(candidates)
    best = {}
    for criterion, rank in RANKS.items():
        ranks = [rank(one) for one in ways]
        if len(set(ranks)) > 1:
            best[criterion] = tuple(index for index, value in enumerate(ranks) if value == min(ranks))
    eligible = _eligible(ways)
    if not eligible:
        nearest = min(range(len(ways)), key=lambda index: RANKS[Criterion.FITS](ways[index]))
        site, running, capacity = ways[nearest].over[0]
        said = _say("none", plan=str(nearest), site=site, running=running, capacity=capacity)
        return Comparison(ways, best, None, said, (), (), tuple(_against(ways, ())))
    chosen = min(eligible, key=lambda index: tuple(RANKS[criterion](ways[index]) for criterion in PREFERENCE))
    verdict = _say("only" if len(eligible) == 1 < len(ways) else "best", plan=str(chosen))
    return Comparison(
        ways,
        best,
        chosen,
        verdict,
        tuple(_reasons(ways, eligible, chosen)),
        tuple(_others(ways, eligible, chosen)),
        tuple(_against(ways, eligible)),
    )


def _say(key: str, **values: Scalar) -> Phrase:
    return Phrase(f"compare.{key}", values=tuple(values.items()))


def _eligible(ways: Sequence[Candidate]) -> tuple[int, ...]:
    """Those that fit; of these those that lose nobody, keep enough serving and have room to go back, if any does."""
    left = [index for index, one in enumerate(ways) if not one.over]
    if not left:
        return ()
    floor = min(ENOUGH, max(ways[index].ledger.lowest_serving for index in left))
    wishes: tuple[Callable[[Candidate], bool], ...] = (
        lambda one: not one.costs.lost,
        lambda one: one.ledger.lowest_serving >= floor,
        lambda one: one.returns,
        lambda one: one.costs.back is not None,
    )
    for wish in wishes:
        left = [index for index in left if wish(ways[index])] or left
    return tuple(left)


def _reasons(ways: Sequence[Candidate], eligible: Sequence[int], chosen: int) -> Iterator[Phrase]:
    """What the chosen one is good at; compared with all others."""
    one, rest = ways[chosen], [way for index, way in enumerate(ways) if index != chosen]
    yield _say("reason.fits", running=one.ledger.peak_running, surge=one.costs.surge)
    if one.costs.lost:
        yield _say("reason.loses", lost=one.costs.lost, time=Duration(one.costs.total.outage))
    else:
        yield _say("reason.lowest", lowest=one.ledger.lowest_serving)
    most = max((way.costs.unproven for way in rest), default=one.costs.unproven)
    least = min((way.costs.unproven for way in rest), default=one.costs.unproven)
    if one.costs.unproven < least:
        yield _say("reason.unproven_best", share=one.costs.unproven, least=least, most=most, same=int(least == most))
    else:
        yield _say("reason.unproven", share=one.costs.unproven)
    if one.costs.back is None:
        yield _say("reason.no_back")
    else:
        yield _say("reason.back", time=one.costs.back)


def _others(ways: Sequence[Candidate], eligible: Sequence[int], chosen: int) -> Iterator[Phrase]:
    """For each thing that may matter more, the one that is best at it, if it beats the chosen one."""
    one = ways[chosen]
    for criterion in (Criterion.UNPROVEN, Criterion.BACK, Criterion.TIME, Criterion.PEAK):
        rank = RANKS[criterion]
        index = min(eligible, key=lambda index: (rank(ways[index]), index))
        other = ways[index]
        if rank(other) >= rank(one):
            continue
        key, plan = f"other.{criterion.value}", str(index)
        if criterion is Criterion.TIME:
            yield _say(key, plan=plan, time=other.ledger.total, own_time=one.ledger.total)
        elif criterion is Criterion.PEAK:
            yield _say(key, plan=plan, running=other.ledger.peak_running, own=one.ledger.peak_running)
        elif criterion is Criterion.UNPROVEN:
            yield _say(key, plan=plan, share=other.costs.unproven, own=one.costs.unproven)
        elif other.costs.back is not None and one.costs.back is not None:
            yield _say(key, plan=plan, time=other.costs.back, own_time=one.costs.back)


def _against(ways: Sequence[Candidate], eligible: Sequence[int]) -> Iterator[Phrase]:
    """Why the rest was left out: the first of the reasons that holds for each."""
    for index, one in enumerate(ways):
        if index in eligible:
            continue
        plan = str(index)
        if one.over:
            site, running, capacity = one.over[0]
            yield _say("against.fits", plan=plan, site=site, running=running, capacity=capacity)
        elif one.costs.lost:
            yield _say("against.outage", plan=plan, lost=one.costs.lost, time=Duration(one.costs.total.outage))
        elif one.ledger.lowest_serving < ENOUGH:
            yield _say("against.lowest", plan=plan, lowest=one.ledger.lowest_serving)
        elif not one.returns:
            yield _say("against.returns", plan=plan)
        else:
            yield _say("against.no_back", plan=plan, n=one.costs.no_return)
