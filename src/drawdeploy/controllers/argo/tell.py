"""Worlds → moments: what each sync did, and the steps they make, in words that the catalogue has."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from drawdeploy.controllers.argo.chapters import Chapter, chapter
from drawdeploy.controllers.argo.pools import crowds, pool_of, services, shares
from drawdeploy.controllers.argo.spec import Analysis, Canary, Spec, Step, Switch
from drawdeploy.controllers.argo.world import AFTER, BACKGROUND, BEFORE, INCONCLUSIVE, STEP, SWITCH, Run, World
from drawdeploy.controllers.course import REVISIONS, Moment
from drawdeploy.model import Act, Check, CheckKind, Duration, Phrase
from drawdeploy.value import replace

ROOM = "argo"
_SLUGS = {
    "retire": "scale-down-old",
    "cleanup": "scale-down-new",
    "grow": "scale-up-preview",
    "switch": "switch-active",
    "halted": "pause",
    "scale": "scale-replicas",
    "never-ready": "never-ready",
}
_STEPS = {
    "scale": "canary-scale",
    "header": "header-route",
    "mirror": "mirror-route",
    "experiment": "experiment",
    "pause": "pause",
    "analysis": "analysis",
    "plugin": "plugin",
}


def moments(spec: Spec, worlds: Sequence[World]) -> tuple[Moment, ...]:
    """The moments of a run; those that end a step have its title."""
    made = [_moment(spec, None, worlds[0])]
    made += [_moment(spec, before, world) for before, world in pairwise(worlds)]
    told = [chapter(spec, before, world) for before, world in pairwise(worlds)]
    used: dict[str, int] = {}
    first = 1
    for index, one in enumerate(told, 1):
        gap = worlds[index + 1].now - worlds[index].now if index + 1 < len(worlds) else 0
        if worlds[index].waits:
            made[index] = replace(made[index], hold=Duration(gap, 1))
        if index < len(told) and told[index] == one:
            continue
        span, first = worlds[first - 1 : index + 1], index + 1
        made[index] = _titled(spec, made[index], one, span, gap, used)
    return tuple(made)


def _moment(spec: Spec, before: World | None, world: World) -> Moment:
    matches, mirrors = _rules(spec, world)
    checks = _checks(spec, before, world) if before else ()
    return Moment(
        at=world.now,
        crowds=crowds(spec, world),
        weights=shares(spec, world),
        matches=matches,
        mirrors=mirrors,
        tests=_tests(spec, world),
        services=services(spec, world),
        status=phase(world),
        index=None if isinstance(spec.strategy, Switch) else world.index,
        acts=tuple(Act(check.who, Phrase(f"{ROOM}.act.person")) for check in checks if check.kind is CheckKind.MANUAL),
        checks=checks,
        said=_said(spec, before, world) if before else Phrase(),
        state=world,
    )


def phase(world: World) -> str:
    """The controller's own word for how it goes."""
    if world.aborted or world.late:
        return "Degraded"
    if world.pause or world.halted:
        return "Paused"
    new = world.new
    return "Healthy" if world.promoted and new is not None and new.available >= world.replicas else "Progressing"


def _rules(spec: Spec, world: World) -> tuple[tuple[tuple[str, str, Fraction], ...], tuple[tuple[str, Fraction], ...]]:
    """Requests that a rule sends to the canary, and those it gets a copy of."""
    matches, mirrors = [], []
    pool = pool_of(spec, world.current)
    for kind, index in world.rules:
        step = spec.strategy.steps[index] if isinstance(spec.strategy, Canary) else Step()
        if kind == "header" and step.header is not None:
            matches.append((pool, step.header.rule, Fraction(0)))
        elif step.mirror is not None:
            mirrors.append((pool, Fraction(step.mirror.percent, 100)))
    return tuple(matches), tuple(mirrors)


def _tests(spec: Spec, world: World) -> tuple[str, ...]:
    strategy = spec.strategy
    there = isinstance(strategy, Switch) and strategy.preview and world.preview != world.active
    pods = world.pods(world.preview)
    return (pool_of(spec, world.preview),) if there and pods is not None and pods.available else ()


# --- checks ----------------------------------------------------------------------------------------------------------


def _checks(spec: Spec, before: World, world: World) -> tuple[Check, ...]:
    """What a sync begins to wait for."""
    made = [_analysis(spec, run) for run in world.runs if before.run(run.at) != run and _fresh(before, run)]
    if world.pause and world.pause != before.pause and _for_ever(spec, world):
        key = "inconclusive" if world.pause == INCONCLUSIVE else "promote"
        made.append(Check(CheckKind.MANUAL, "operator", Phrase(f"{ROOM}.check.{key}")))
    test, was = world.test, before.test
    if test is not None and test.live and (was is None or not was.live) and isinstance(spec.strategy, Canary):
        experiment = spec.strategy.steps[test.at].experiment
        names = ", ".join(experiment.analyses) if experiment else ""
        phrase = Phrase(f"{ROOM}.check.experiment{'.named' if names else '.plain'}", values=(("names", names),))
        made.append(Check(CheckKind.AUTOMATIC, "monitoring", phrase, max(0, (test.ends or world.now) - world.now)))
    return tuple(made)


def _fresh(before: World, run: Run) -> bool:
    was = before.run(run.at)
    return was is None or was.began != run.began


def _analysis(spec: Spec, run: Run) -> Check:
    strategy = spec.strategy
    found: Analysis | None
    if isinstance(strategy, Switch):
        found = strategy.before if run.at == BEFORE else strategy.after
    else:
        found = strategy.background if run.at == BACKGROUND else strategy.steps[int(run.at)].analysis
    names = ", ".join(found.names) if found else ""
    kind = {BACKGROUND: "background", BEFORE: "before", AFTER: "after"}.get(str(run.at), "analysis")
    phrase = Phrase(f"{ROOM}.check.{kind}", values=(("names", names or "AnalysisRun"),))
    seconds = 0 if run.ends is None else run.ends - run.began
    return Check(CheckKind.AUTOMATIC, "monitoring", phrase, seconds)


def _for_ever(spec: Spec, world: World) -> bool:
    """Whether only a person ends the pause."""
    strategy = spec.strategy
    if world.pause == SWITCH:
        return isinstance(strategy, Switch) and not strategy.auto
    if world.pause == STEP and isinstance(strategy, Canary) and world.index is not None:
        pause = strategy.steps[world.index].pause if world.index < len(strategy.steps) else None
        return pause is not None and pause.seconds is None
    return world.pause == INCONCLUSIVE


# --- one sync --------------------------------------------------------------------------------------------------------


def _said(spec: Spec, before: World, world: World) -> Phrase:
    """What one sync did, in a line: the most telling of all it did."""
    if world.aborted and not before.aborted:
        return Phrase(f"{ROOM}.said.abort")
    if world.seen != before.seen:
        return Phrase(f"{ROOM}.said.update")
    if world.promoted and not before.promoted:
        return Phrase(f"{ROOM}.said.promoted")
    if world.active != before.active:
        return Phrase(f"{ROOM}.said.active", values=(("pool", pool_of(spec, world.active)),))
    moved = world.weight != before.weight or (world.weight and world.target != before.target)
    if moved and isinstance(spec.strategy, Canary):
        return Phrase(f"{ROOM}.said.weight", values=(("weight", Fraction(world.weight, spec.strategy.whole)),))
    scaled = _scaled(spec, before, world)
    if scaled is not None:
        return scaled
    return Phrase(f"{ROOM}.said.{_little(spec, before, world)}", values=(("step", (world.index or 0) + 1),))


def _scaled(spec: Spec, before: World, world: World) -> Phrase | None:
    for pods in world.sets:
        was = before.pods(pods.key)
        then = was.spec if was is not None else 0
        if pods.spec != then:
            values: tuple[tuple[str, Any], ...] = (
                ("pool", pool_of(spec, pods.key)),
                ("before", then),
                ("after", pods.spec),
            )
            return Phrase(f"{ROOM}.said.scale", values=values)
    return None


def _little(spec: Spec, before: World, world: World) -> str:
    if world.late and not before.late:
        return "late"
    if world.test != before.test:
        return "experiment"
    if world.rules != before.rules:
        return "rules"
    if world.pause and world.pause != before.pause:
        return "inconclusive" if world.pause == INCONCLUSIVE else "pause"
    if len(world.runs) > len(before.runs):
        return "analysis"
    if world.index != before.index or (before.pause and not world.pause):
        return "next"
    if any(pods.available > was.available for pods, was in zip(world.sets, before.sets, strict=False)):
        return "ready"
    if any(pods.deadline != was.deadline for pods, was in zip(world.sets, before.sets, strict=False)):
        return "deadline"
    if any(pods.leaving < was.leaving for pods, was in zip(world.sets, before.sets, strict=False)):
        return "gone"
    return "status"


# --- steps -----------------------------------------------------------------------------------------------------------


def _titled(spec: Spec, moment: Moment, one: Chapter, span: Sequence[World], gap: int, used: dict[str, int]) -> Moment:
    """The moment that ends a step, with its title; ``span`` is the world before it and all of its own."""
    end = span[-1]
    slug, key, values = _named(spec, one, end)
    used[slug] = used.get(slug, 0) + 1
    values["pods"] = end.new.available if end.new is not None else 0
    values["stable_pods"] = end.steady.available if end.steady is not None else 0
    values["replicas"] = end.replicas
    values["total"] = sum(pods.available for pods in end.sets)
    spoken = tuple(values.items())
    who = "operator" if one.kind in ("scale", "halted") or (one.kind == "abort" and not _judged(span)) else "pipeline"
    return replace(
        moment,
        id=slug if used[slug] == 1 else f"{slug}-{used[slug]}",
        title=Phrase(f"{ROOM}.title.{key}{_of(end, key)}", values=spoken),
        text=Phrase(f"{ROOM}.text.{key}", values=spoken),
        acts=(
            *moment.acts,
            Act(who, Phrase(f"{ROOM}.act.{key.partition('.')[0]}")),
        ),
        hold=moment.hold if end.waits else Duration(gap),
    )


def _of(end: World, key: str) -> str:
    """Which title a step has that names the revision it brings: an update in mid-run, or the one before again."""
    if key.partition(".")[0] not in ("promote", "preview", "switch"):
        return ""
    return {REVISIONS[0]: ".back", REVISIONS[1]: ".new"}.get(end.current, ".next")


def _judged(span: Sequence[World]) -> bool:
    """Whether the controller itself ended it: an analysis, or the progress deadline."""
    return bool(span[0].runs) or span[-1].late


def _named(spec: Spec, one: Chapter, end: World) -> tuple[str, str, dict[str, Any]]:
    """Slug, key and values of a step."""
    strategy = spec.strategy
    values: dict[str, Any] = {}
    if one.kind == "group" and isinstance(strategy, Canary):
        return _group(strategy, one.step)
    if one.kind == "retire":
        return _SLUGS["retire"], "retire", values
    if one.kind in ("promote", "abort") and isinstance(strategy, Canary):
        how = "routed" if strategy.routed else "basic"
        if one.kind == "abort" and strategy.dynamic:
            how = "dynamic"
        return one.kind, f"{one.kind}.{how}", values
    if one.kind == "abort":
        return "abort", "abort.switch", values
    if one.kind == "preview":
        how = "service" if isinstance(strategy, Switch) and strategy.preview else "alone"
        return "preview", f"preview.{how}", values
    return _SLUGS[one.kind], one.kind.replace("-", "_"), values


def _group(canary: Canary, index: int) -> tuple[str, str, dict[str, Any]]:
    step = canary.steps[index]
    number: dict[str, Any] = {"step": index}
    if step.weight is not None:
        how = "routed" if canary.routed else "basic"
        return f"set-weight-{step.weight}", f"weight.{how}", {**number, "weight": Fraction(step.weight, canary.whole)}
    if step.scale is not None:
        if step.scale.replicas is not None and not step.scale.match_traffic:
            return "canary-scale", "scale_to.replicas", {**number, "n": step.scale.replicas}
        if step.scale.weight is not None and not step.scale.match_traffic:
            return "canary-scale", "scale_to.weight", {**number, "weight": Fraction(step.scale.weight, canary.whole)}
        return "canary-scale", "scale_to.traffic", number
    rule = step.header or step.mirror
    if rule is not None:
        how = "off" if rule.off else "on"
        rest = {"name": rule.name, "rule": rule.rule, "share": Fraction(rule.percent, 100)}
        return _STEPS[step.kind] + ("-off" if rule.off else ""), f"{step.kind}.{how}", {**number, **rest}
    if step.plugin:
        return "plugin", "plugin", {**number, "name": step.plugin}
    return _STEPS[step.kind], step.kind, number
