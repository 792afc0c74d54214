"""What the user asks for, made exact: replicas, placement, and the strategy's parameters as numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from math import ceil

from drawdeploy.errors import DrawDeployError
from drawdeploy.expand.faults import nearest, quoted
from drawdeploy.model import Environment, Parameter, ParameterKind, Placement, Service, Strategy

MAX_REPLICAS = 1000

_NUMBER = re.compile(r"\s*([+-]?)([0-9]+)(\.[0-9]+)?\s*(%?)\s*", re.ASCII)
_MOST_DIGITS = 9


def check_replicas(service: Service) -> None:
    """Refuses a number of replicas that cannot run or be drawn."""
    if service.replicas < 1:
        raise DrawDeployError(
            f"a service has at least 1 replica, not {quoted(service.replicas)[1:-1]}", "for example 3 replicas"
        )
    if service.replicas > MAX_REPLICAS:
        raise DrawDeployError(
            f"{quoted(service.replicas)[1:-1]} replicas are more than a plan can hold", f"{MAX_REPLICAS} is the most"
        )


def choose_placement(strategy: Strategy, environment: Environment, asked: str | None) -> Placement:
    """The placement that was asked for, else the strategy's favourite if offered, else the environment's first."""
    offered = {placement.id: placement for placement in environment.placements}
    if not offered:
        raise DrawDeployError(f"environment {environment.id} offers no placement", "give it one under placements")
    if asked is not None:
        if asked not in offered:
            raise DrawDeployError(
                f"environment {environment.id} has no placement {quoted(asked)}", nearest(asked, offered)
            )
        return offered[asked]
    return offered.get(strategy.placement, environment.placements[0])


def resolve(strategy: Strategy, service: Service, given: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Every parameter of the strategy as a number of instances, in the strategy's order."""
    known = [parameter.id for parameter in strategy.parameters]
    for name in given:
        if name not in known:
            raise DrawDeployError(f"{strategy.id} has no parameter {quoted(name)}", nearest(name, known))
    return tuple((p.id, _number(p, given.get(p.id), service.replicas)) for p in strategy.parameters)


def _number(parameter: Parameter, given: str | None, replicas: int) -> int:
    """One parameter as a number of instances; a default shrinks to what there is, a user's own value does not."""
    value = parameter.default if given is None else given
    percents = parameter.kind is ParameterKind.COUNT_OR_PERCENT
    example = "write a number (1)" + (" or a part of all replicas (25%)" if percents else "")
    match = _NUMBER.fullmatch(value)
    if not match:
        raise DrawDeployError(f"{parameter.id}: {quoted(value)} is not a number", example)
    sign, digits, decimals, percent = match.groups()
    shown = quoted(value.strip())[1:-1]
    if percent and not percents:
        raise DrawDeployError(f"{parameter.id}: a percentage ({shown}) is not possible here", example)
    if decimals and not percent:
        raise DrawDeployError(f"{parameter.id}: {shown} instances are not possible", example)
    amount = Fraction(digits[:_MOST_DIGITS] + (decimals or "")[:_MOST_DIGITS])
    too_long = len(digits.lstrip("0")) > _MOST_DIGITS
    if sign == "-" or amount == 0:
        raise DrawDeployError(f"{parameter.id}: {shown} is too small: it is at least 1", example)
    if percent:
        if too_long or amount > 100:
            raise DrawDeployError(f"{parameter.id}: {shown} is more than all replicas (100%)", example)
        return ceil(replicas * amount / 100)
    if too_long or amount > replicas:
        if given is None:
            return replicas
        raise DrawDeployError(
            f"{parameter.id}: {shown} is more than the replicas ({replicas})", f"write a number from 1 to {replicas}"
        )
    return int(amount)
