"""What part of its traffic a router sends to each backend.

Source: Gateway API ``apis/v1/shared_types.go`` (``BackendRef.weight``, kubernetes-sigs/gateway-api@4564255a); Istio's
``HTTPRouteDestination.weight`` follows the same rule, but for its default.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

RULE = "share = weight / sum of weights"
DEFAULT = 1
LEAST = 0
MOST = 1_000_000
SOURCE = "apis/v1/shared_types.go"


def shares(weights: Sequence[int | None]) -> tuple[Fraction, ...]:
    """The part of each backend: its weight over their sum. No weight counts as 1; all 0: nobody gets anything."""
    numbers = [DEFAULT if weight is None else weight for weight in weights]
    total = sum(numbers)
    return tuple(Fraction(number, total) if total else Fraction(0) for number in numbers)


def istio_shares(weights: Sequence[int | None]) -> tuple[Fraction, ...]:
    """The same in a VirtualService: a single destination gets all, whatever its weight; else no weight counts as 0."""
    if len(weights) == 1:
        return (Fraction(1),)
    return shares([weight or 0 for weight in weights])
