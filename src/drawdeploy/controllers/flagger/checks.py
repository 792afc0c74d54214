"""What is waited for in a step, and who acts."""

from __future__ import annotations

from drawdeploy.controllers.flagger.spec import (
    CONFIRM_INCREASE,
    CONFIRM_PROMOTION,
    CONFIRM_ROLLOUT,
    DURING,
    POST,
    PRE,
    Hook,
    Metric,
    Spec,
)
from drawdeploy.controllers.flagger.state import State
from drawdeploy.controllers.flagger.steps import (
    CANARY_READY,
    DETECT,
    FIRST_ROUND,
    GONE,
    MATCH,
    PRIMARY_READY,
    ROUNDS,
    WEIGHT,
)
from drawdeploy.model import Act, Check, CheckKind, Phrase, Values

_CHECKED = frozenset({WEIGHT, MATCH, FIRST_ROUND, ROUNDS, "mirror", "switch", "check_fails", "here"})
"""Steps after which the checks of every interval are made."""

_ACTORS = {
    "rollout_waits": "operator",
    "promotion_waits": "operator",
    "increase_waits": "operator",
    "check_fails": "monitoring",
}


_DEEDS = {
    CANARY_READY: "scales",
    DETECT: "scales",
    WEIGHT: "weighs",
    "shift": "weighs",
    "mirror": "mirrors",
    MATCH: "routes",
    FIRST_ROUND: "asks",
    ROUNDS: "asks",
    "switch": "switches",
    "finalise": "switches",
    "promote": "copies",
    "skip": "copies",
    PRIMARY_READY: "waits",
    GONE: "removes",
    "finish": "removes",
    "restart": "begins_again",
    "rollback": "goes_back",
    "promotion_failed": "keeps",
    "check_fails": "sees",
    "rollout_waits": "approves",
    "promotion_waits": "approves",
    "increase_waits": "refuses",
}
"""What whoever acts does, as keys of the catalogue."""


def checks(spec: Spec, state: State, step: str) -> tuple[Check, ...]:
    """What must pass before Flagger goes on from a step.

    A gate of promotion that a person opens is a step of its own; one that answers by itself is asked after the last
    checks.
    """
    analysis = spec.analysis
    found: list[Check] = []
    if step in (CANARY_READY, DETECT):
        found += [_hook(spec, hook) for hook in analysis.of(PRE)]
    if step in _CHECKED:
        found += [_hook(spec, hook) for hook in analysis.of(DURING)]
        found += [_metric(spec, metric) for metric in analysis.metrics]
    grows = spec.mode == "weights" and step in (CANARY_READY, WEIGHT) and not state.mirrored
    if grows:
        found += [_hook(spec, hook) for hook in analysis.of(CONFIRM_INCREASE)]
    if step in ("promotion_waits", "rollout_waits"):
        kind = CONFIRM_PROMOTION if step == "promotion_waits" else CONFIRM_ROLLOUT
        found += [_hook(spec, hook) for hook in analysis.of(kind)]
    if step in ("promote", "skip"):
        found.append(Check(CheckKind.AUTOMATIC, "pipeline", Phrase("flagger.check.primary")))
    if step in (GONE, "finish", "rollback"):
        found += [_hook(spec, hook) for hook in analysis.of(POST)]
    return tuple(found)


def acts(step: str) -> tuple[Act, ...]:
    """Who acts in a step: Flagger is drawn as the pipeline that goes on by itself."""
    actor = _ACTORS.get(step, "pipeline")
    return (Act(actor, Phrase(f"flagger.act.{_DEEDS.get(step, 'goes_on')}")),)


def _hook(spec: Spec, hook: Hook) -> Check:
    manual = not hook.automatic
    who = "operator" if manual else "tester"
    counts = hook.kind in (PRE, DURING)
    return Check(
        CheckKind.MANUAL if manual else CheckKind.AUTOMATIC,
        who,
        Phrase(f"flagger.check.{hook.kind}", values=(("name", hook.name),)),
        failure=_counts(spec) if counts else None,
    )


def _metric(spec: Spec, metric: Metric) -> Check:
    bounds = "range" if metric.low and metric.high else "min" if metric.low else "max" if metric.high else "any"
    values: Values = (("name", metric.name), ("low", metric.low), ("high", metric.high))
    key = f"flagger.check.metric.{bounds}"
    if metric.template:
        key, values = f"{key}_template", (*values, ("template", metric.template))
    return Check(CheckKind.AUTOMATIC, "monitoring", Phrase(key, values=values), failure=_counts(spec))


def _counts(spec: Spec) -> Phrase:
    number = "one" if spec.analysis.threshold == 1 else "many"
    return Phrase(f"flagger.check.fails.{number}", values=(("n", spec.analysis.threshold),))
