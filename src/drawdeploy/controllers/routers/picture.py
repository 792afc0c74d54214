"""How a router divides its traffic, as the one moment of a course in which nothing changes."""

from __future__ import annotations

from fractions import Fraction

from drawdeploy.controllers.course import REVISIONS, Course, Crowd, Group, Moment
from drawdeploy.controllers.routers.routes import Backend, Router, Rule
from drawdeploy.model import Outcome, Phrase

LOST = "lost"


def picture(router: Router, replicas: int | None = None) -> Course:
    """The state of a router: shares by rule.

    The rule that matches everything (else the first) is how live traffic goes; the others are matches beside it.

    Args:
        router: What it says.
        replicas: How many instances each backend has, in place of what the input tells.
    """
    rules = router.rules or (Rule("", ()),)
    main = next((rule for rule in rules if not rule.text), rules[0])
    backends = _all(rules, main)
    groups = tuple(_group(name, index, main) for index, name in enumerate(backends))
    crowds = tuple(
        Crowd(group.id, group.revision, available=replicas or backends[group.id].replicas) for group in groups
    )
    moment = Moment(
        at=0,
        crowds=crowds,
        weights=_weights(main, tuple(backends)),
        matches=tuple(
            (backend.id, rule.text or "*", Fraction(0))
            for rule in rules
            if rule is not main
            for backend in rule.backends
            if backend.share
        ),
        mirrors=main.mirrors,
        said=Phrase("routers.said.state"),
        state=router,
    )
    return Course(groups, (moment,), Outcome.UNCHANGED)


def _all(rules: tuple[Rule, ...], main: Rule) -> dict[str, Backend]:
    """Every backend of every rule, those of the main rule first, and who only gets copies."""
    found = {backend.id: backend for rule in (main, *rules) for backend in reversed(rule.backends)}
    order = [b.id for rule in (main, *rules) for b in rule.backends]
    mirrored = [name for rule in rules for name, _ in rule.mirrors]
    return {name: found.get(name, Backend(name, Fraction(0))) for name in dict.fromkeys((*order, *mirrored))}


def _group(name: str, index: int, main: Rule) -> Group:
    """A backend as a pool: who gets most of the traffic has the colour of the revision that runs."""
    order = sorted(main.backends, key=lambda backend: -backend.share)
    rank = next((place for place, backend in enumerate(order) if backend.id == name), max(1, index))
    return Group(name, name, REVISIONS[min(rank, len(REVISIONS) - 1)], full=True)


def _weights(main: Rule, names: tuple[str, ...]) -> tuple[tuple[str, Fraction], ...]:
    """The live shares; where no backend gets any, requests fail."""
    given = {backend.id: backend.share for backend in main.backends}
    shares = tuple((name, given.get(name, Fraction(0))) for name in names)
    lost = 1 - sum((share for _, share in shares), Fraction(0))
    return (*shares, (LOST, lost)) if lost and not main.answers else shares
