"""A run in words: which moments are steps, what is waited for in them, and who acts."""

from __future__ import annotations

from fractions import Fraction

from drawdeploy.controllers.course import REVISIONS, Crowd, Moment
from drawdeploy.controllers.flagger.checks import acts, checks
from drawdeploy.controllers.flagger.spec import DURING, PRE, Spec
from drawdeploy.controllers.flagger.state import PROGRESSING, WAITING_PROMOTION, Beat, State
from drawdeploy.controllers.flagger.steps import WEIGHT, steps_of
from drawdeploy.controllers.flagger.weights import TOTAL
from drawdeploy.controllers.flagger.workload import Workload
from drawdeploy.model import CheckKind, Duration, Phrase, Values
from drawdeploy.value import replace

MATCHED = Fraction(1, 10)
"""What part of the users an A/B rule is taken to match: no manifest says."""

_ROLLING = frozenset({"pods", "event", "start", "primary_waits", "canary_waits"})
"""What comes before anybody waits for the next tick: instances, and Flagger that waits for them."""

_PLAIN = frozenset({"promote", "promotion_failed", "rollback", "first_round", "rounds"})
"""Steps of which something else must be said where nobody can divide the traffic."""


def moments(spec: Spec, beats: tuple[Beat, ...]) -> tuple[Moment, ...]:
    """The moments of a run; each knows those after it, since what it waits for follows from them.

    Args:
        spec: The Canary.
        beats: The run. The first is where it begins.
    """
    steps = steps_of(spec, beats)
    return tuple(_moment(spec, beats, i, steps.get(i, "")) for i in range(len(beats)))


def _moment(spec: Spec, beats: tuple[Beat, ...], i: int, step: str) -> Moment:
    beat, state = beats[i], beats[i].state
    plain = Moment(
        at=state.now,
        crowds=_crowds("primary", state.primary, state.now) + _crowds("canary", state.canary, state.now),
        weights=_weights(spec, state),
        matches=((("canary", spec.analysis.match, MATCHED),) if _matching(spec, state) else ()),
        mirrors=((("canary", Fraction(spec.analysis.mirror_weight, TOTAL)),) if state.mirrored else ()),
        tests=("canary",) if _tested(spec, state) else (),
        status=state.phase,
        index=state.step,
        said=Phrase(f"flagger.said.{beat.what}", values=(*beat.values, *_counts(state))),
        state=state,
    )
    if not step:
        return plain
    following = beats[i + 1] if i + 1 < len(beats) else None
    ticks = following is not None and following.what not in _ROLLING
    wait = following.state.now - state.now if following is not None and ticks else 0
    values = (*beat.values, *_counts(state), ("seconds", Duration(spec.analysis.interval)))
    key = f"{step}_plain" if spec.plain and step in _PLAIN else step
    asked = checks(spec, state, step)
    return replace(
        plain,
        id=_id(state, step),
        title=Phrase(f"flagger.title.{key}", values=values),
        text=Phrase(f"flagger.text.{key}", values=values),
        acts=acts(step),
        checks=asked,
        hold=Duration(wait, sum(check.kind is CheckKind.MANUAL for check in asked)),
    )


_SLUGS = {
    "finalise": "traffic-to-primary",
    "finish": "canary-gone",
    "skip": "promote",
    "rollout_waits": "wait-for-approval",
    "promotion_waits": "wait-for-promotion",
    "increase_waits": "wait-for-traffic",
    "detect": "scale-up",
    "no_step": "stands-still",
    "no_end": "stands-still",
    "no_mirror": "stands-still",
    "suspended": "stands-still",
    "shift_waits": "stands-still",
}


def _id(state: State, step: str) -> str:
    slug = _SLUGS.get(step, step).replace("_", "-")
    if step == WEIGHT:
        return f"weight-{state.canary_weight}"
    return f"primary-{state.primary_weight}" if step == "shift" else slug


def _counts(state: State) -> Values:
    return (
        ("primary_available", state.primary.available(state.now)),
        ("canary_available", state.canary.available(state.now)),
        ("canary_desired", state.canary.desired),
        ("canary_share", Fraction(state.canary_weight, TOTAL)),
    )


def _crowds(pool: str, workload: Workload, now: int) -> tuple[Crowd, ...]:
    found = []
    for revision in REVISIONS:
        lots = [lot for lot in workload.lots if lot.revision == revision]
        if lots:
            up = [lot for lot in lots if lot.gone_at is None]
            found.append(
                Crowd(
                    pool,
                    revision,
                    starting=sum(lot.count for lot in up if lot.ready_at is not None and lot.ready_at > now),
                    available=sum(lot.count for lot in up if lot.ready_at is not None and lot.ready_at <= now),
                    failed=sum(lot.count for lot in up if lot.ready_at is None),
                    stopping=sum(lot.count for lot in lots if lot.gone_at is not None),
                )
            )
    return tuple(found)


def _matching(spec: Spec, state: State) -> bool:
    """Whether the canary's weight holds for the requests of an A/B test only."""
    return spec.rounds > 0 and bool(spec.analysis.match) and spec.matches and state.canary_weight > 0


def _weights(spec: Spec, state: State) -> tuple[tuple[str, Fraction], ...]:
    """What part of the traffic each pool gets; what goes where nobody is available is lost."""
    canary = 0 if _matching(spec, state) else state.canary_weight
    shares = {"primary": Fraction(TOTAL - canary, TOTAL), "canary": Fraction(canary, TOTAL)}
    lost = Fraction(0)
    for pool, workload in (("primary", state.primary), ("canary", state.canary)):
        if not workload.available(state.now):
            lost, shares[pool] = lost + shares[pool], Fraction(0)
    return (*shares.items(), ("lost", lost)) if lost else tuple(shares.items())


def _tested(spec: Spec, state: State) -> bool:
    """Whether tests reach the canary by its own Service, while no user does."""
    asks = bool(spec.analysis.of(PRE) or spec.analysis.of(DURING))
    runs = state.phase in (PROGRESSING, WAITING_PROMOTION)
    quiet = state.canary_weight == 0 and not state.mirrored
    return asks and runs and quiet and state.canary.available(state.now) > 0
