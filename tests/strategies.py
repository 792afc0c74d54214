"""Strategies and environments built by hand, so that tests of the pure rooms need no description and no parser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from drawdeploy.model import (
    Actor,
    CheckKind,
    CheckSpec,
    Environment,
    Expression,
    Node,
    NodeKind,
    Parameter,
    ParameterKind,
    Placement,
    PoolSpec,
    RepeatSpec,
    Site,
    StepSpec,
    Strategy,
    Text,
    Verb,
    VerbSpec,
)


def text(en: str) -> Text:
    return Text(en, en)


def expression(source: str, evaluate: Callable[[Mapping[str, Any]], Any] | None = None) -> Expression:
    """An expression that Python evaluates, which reads these the same as the sandbox does."""
    return Expression(source, evaluate or (lambda names: eval(source, {"min": min, "max": max}, dict(names))))


def verb(kind: str, pool: str = "", count: str = "", weights: Mapping[str, str] | None = None, **rest: Any) -> VerbSpec:
    if "percent" in rest:
        rest["percent"] = expression(rest["percent"])
    return VerbSpec(
        Verb(kind),
        pool,
        count=expression(count) if count else None,
        weights=tuple((key, expression(value)) for key, value in (weights or {}).items()),
        **rest,
    )


def step(name: str, *verbs: VerbSpec, checks: tuple[CheckSpec, ...] = (), who: str = "pipeline") -> StepSpec:
    return StepSpec(name, text(f"Title of {name}"), text(f"Text of {name}"), ((who, text("acts")),), verbs, checks)


MANUAL = CheckSpec(CheckKind.MANUAL, "tester", text("order flow"))


def automatic(seconds: int) -> CheckSpec:
    return CheckSpec(CheckKind.AUTOMATIC, "monitoring", text("5xx < 1 %"), seconds)


OLD_AND_NEW = (PoolSpec("old", "old", "old", True), PoolSpec("new", "new", "new", False))


def strategy(*body: StepSpec | RepeatSpec, **rest: Any) -> Strategy:
    given = {
        "id": "made-up",
        "title": text("Made up"),
        "summary": text("For a test"),
        "parameters": (),
        "pools": OLD_AND_NEW,
        "body": body,
        "source": "made-up.yaml",
    }
    return Strategy(**{**given, **rest})


def bluegreen() -> Strategy:
    return strategy(
        step("create", verb("create", "green"), verb("test", "green")),
        step(
            "switch",
            verb("test", "green", off=True),
            verb("route", weights={"blue": "0", "green": "100"}),
            who="operator",
        ),
        step("watch", verb("observe", seconds=600), checks=(automatic(300), MANUAL), who="monitoring"),
        step("remove", verb("remove", "blue", phase="standby")),
        id="bluegreen",
        pools=(PoolSpec("blue", "blue", "old", True), PoolSpec("green", "green", "new", False)),
        placement="across",
    )


def rollout() -> Strategy:
    return strategy(
        RepeatSpec(
            until=expression("old.running == 0"),
            let=(("n", expression("min(batch, old.serving)")),),
            steps=(
                step("create", verb("create", "new", "n"), verb("test", "new")),
                step(
                    "shift",
                    verb("test", "new", off=True),
                    verb("standby", "old", "n"),
                    verb("route", by_serving=True),
                    who="operator",
                ),
                step("check", verb("observe", seconds=600), checks=(automatic(900), MANUAL), who="monitoring"),
                step("remove-waiting", verb("remove", "old", phase="standby")),
            ),
            line=7,
            column=1,
        ),
        id="rollout",
        parameters=(Parameter("batch", ParameterKind.COUNT_OR_PERCENT, "1", text("How many at a time")),),
        placement="both",
    )


def _node(name: str, kind: NodeKind, site: str = "", seconds: int = 0) -> Node:
    return Node(name, kind, text(name), "generic.compute.Rack", site, seconds)


def able(environment: Environment) -> Environment:
    """The environment with routers that can do all that a router can."""
    every = ("weights", "match", "mirror", "affinity")
    nodes = tuple(replace(n, can=every) if n.kind is NodeKind.ROUTER else n for n in environment.nodes)
    return replace(environment, nodes=nodes)


def _actors() -> tuple[Actor, ...]:
    return tuple(
        Actor(name, text(name), "generic.compute.Rack") for name in ("pipeline", "tester", "monitoring", "operator")
    )


def _site(name: str, capacity: int | None) -> Site:
    return Site(name, "plain", text(name), text(""), "generic.compute.Rack", capacity, f"lb-{name}")


def one_site(capacity: int | None = None) -> Environment:
    """Users → DNS → one router; instances start in 60 s and stop in 15 s, the router switches in 5 s, DNS in 30 s."""
    return Environment(
        id="one",
        title=text("One"),
        summary=text("One site"),
        sites=(_site("here", capacity),),
        nodes=(
            _node("users", NodeKind.USERS),
            _node("dns", NodeKind.DNS, seconds=30),
            _node("lb-here", NodeKind.ROUTER, "here", 5),
        ),
        entry=("users", "dns"),
        links=(),
        actors=_actors(),
        placements=(Placement("single", text("one"), ((("old", "here"), ("new", "here")),), ("here",)),),
        advice=(),
    )


def two_sites(home: int | None = None, cloud: int | None = None) -> Environment:
    """A GSLB (300 s) over two sites with a router each (5 s); `across` and `both`, the cloud first."""
    both = ((("old", "cloud"), ("new", "cloud")), (("old", "home"), ("new", "home")))
    return Environment(
        id="two",
        title=text("Two"),
        summary=text("Two sites"),
        sites=(_site("home", home), _site("cloud", cloud)),
        nodes=(
            _node("users", NodeKind.USERS),
            _node("gslb", NodeKind.GSLB, seconds=300),
            _node("lb-home", NodeKind.ROUTER, "home", 5),
            _node("lb-cloud", NodeKind.ROUTER, "cloud", 5),
        ),
        entry=("users", "gslb"),
        links=(),
        actors=_actors(),
        placements=(
            Placement("across", text("across"), ((("old", "home"), ("new", "cloud")),), ("home", "cloud")),
            Placement("both", text("both"), both, ("home", "cloud")),
        ),
        advice=(),
    )
