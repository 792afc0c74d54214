"""Flagger's arithmetic of weights: whole percents, no state."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from drawdeploy.controllers.flagger.spec import Analysis

TOTAL = 100


def max_weight(analysis: Analysis) -> int:
    """The weight at which a canary is promoted. ``maxWeight`` counts for nothing beside ``stepWeights``.

    Source: flagger ``maxWeight``.
    """
    if analysis.step_weights:
        return min(TOTAL, analysis.step_weights[-1])
    return analysis.max_weight if analysis.max_weight > 0 else TOTAL


def next_step(analysis: Analysis, weight: int) -> int:
    """By how much the canary's weight grows next. A weight that is not in ``stepWeights`` jumps to the whole.

    Source: flagger ``nextStepWeight``.
    """
    steps = analysis.step_weights
    if analysis.step_weight > 0 or not steps:
        return analysis.step_weight
    room = TOTAL - weight
    if room == 0:
        return 1  # nothing to add, and yet not nothing: promotion follows
    if weight == 0:
        return min(room, steps[0])
    for at, following in pairwise(steps):
        if at == weight:
            return min(room, following - weight)
    return room


def advance(analysis: Analysis, primary: int, canary: int) -> tuple[int, int]:
    """The two weights after one more step: each is cut off at its own end.

    Source: flagger ``runCanary``.
    """
    step = next_step(analysis, canary)
    return max(0, primary - step), min(TOTAL, canary + step)


def weights(analysis: Analysis) -> tuple[int, ...]:
    """The canary's weights, in order, until it is promoted; ends where no step leads further.

    The maximum is looked at before a step, not after: 20 up to 50 gives 20, 40, 60.
    """
    found: list[int] = []
    primary, canary = TOTAL, 0
    while canary < max_weight(analysis):
        following = advance(analysis, primary, canary)
        if next_step(analysis, canary) <= 0 or following[1] == canary:
            break
        primary, canary = following
        found.append(canary)
    return tuple(found)


def promoted(analysis: Analysis) -> bool:
    """Whether the weights lead to a promotion at all: they do not with no step, nor with a maximum above the whole."""
    found = weights(analysis)
    return (found[-1] if found else 0) >= max_weight(analysis)


def shift_back(promotion: int, primary: int, canary: int) -> tuple[int, int]:
    """The two weights after one step of the traffic's way to the promoted primary; 0: all at once.

    Source: flagger ``runPromotionTrafficShift``.
    """
    if promotion == 0:
        return TOTAL, 0
    return min(TOTAL, primary + promotion), max(0, canary - promotion)


def seconds_to_promote(analysis: Analysis, rounds: int) -> Fraction:
    """The least time an analysis takes, by Flagger's documented formula.

    Source: flagger's page on deployment strategies. The formula counts no overshoot, and no tick before or after.
    """
    if rounds > 0:
        return Fraction(analysis.interval * rounds)
    if analysis.step_weights:
        return Fraction(analysis.interval * len(weights(analysis)))
    if analysis.step_weight <= 0:
        return Fraction(0)
    return Fraction(analysis.interval * max_weight(analysis), analysis.step_weight)


def seconds_to_roll_back(analysis: Analysis) -> int:
    """How long checks fail before Flagger goes back. Source: the same page."""
    return analysis.interval * analysis.threshold
