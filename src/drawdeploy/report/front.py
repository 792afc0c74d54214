"""Builds the view of a plan: the front page, what to watch at the end, and the steps between."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from drawdeploy.ledger import Ledger
from drawdeploy.model import Outcome, ParameterKind, Plan
from drawdeploy.report.pour import plain
from drawdeploy.report.tell import Teller, spans
from drawdeploy.report.view import Alarm, Report
from drawdeploy.words import Words

if TYPE_CHECKING:
    from drawdeploy.picture.frames import Sheets


def held(tell: Teller, numbers: tuple[int, ...]) -> str:
    """The steps in which something holds: "Steps 1–3, 6"; 0 is the state before the first."""
    if {0, *numbers} == set(range(len(tell.plan.steps) + 1)):
        return tell.get("everywhere")
    steps = tuple(number for number in numbers if number)
    runs = ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in spans(steps))
    parts = [tell.get("start")] if 0 in numbers else []
    parts += [tell.get("steps", n=len(steps), which=runs)] if runs else []
    return ", ".join(parts)


def alarms(tell: Teller) -> tuple[Alarm, ...]:
    """The plan's warnings."""
    found = []
    for warning in tell.plan.warnings:
        steps = held(tell, warning.steps)
        hint = tell.words.say(warning.hint, tell.names)
        found.append(Alarm(tell.words.say(warning.message, tell.names), hint, steps, warning.field))
    return tuple(found)


def sites(tell: Teller) -> tuple[tuple[str, str], ...]:
    """The sites that the plan uses: id and title."""
    return tuple((site.site, tell.name(site.site)) for site in tell.ledger.begin.sites)


def facts(tell: Teller) -> tuple[tuple[str, str], ...]:
    """What the plan was made from."""
    plan, words = tell.plan, tell.words
    rows = [
        (tell.get("fact.service"), plan.service.name),
        (tell.get("fact.versions"), f"{plan.service.old} → {plan.service.new}"),
        (tell.get("fact.strategy"), words.text(plan.strategy.title, tell.values)),
        (tell.get("fact.environment"), words.text(plan.environment.title, tell.values)),
    ]
    if plan.outcome is not Outcome.PROMOTED:
        rows.append((tell.get("fact.outcome"), outcome(tell)))
    if plan.here is not None:
        rows.append((tell.get("fact.here"), here(tell, plan.here)))
    if len(plan.environment.placements) > 1:
        rows.append((tell.get("fact.placement"), words.text(plan.placement.title, tell.values)))
    rows.append((tell.get("fact.replicas"), str(plan.service.replicas)))
    rows += parameters(tell)
    for site in plan.environment.sites:
        if site.capacity is not None or site.kind == "cloud":  # of others nobody knows
            room = tell.get("elastic") if site.capacity is None else str(site.capacity)
            rows.append((tell.get("fact.capacity", site=tell.name(site.id)), room))
    return tuple(rows)


def parameters(tell: Teller) -> Iterator[tuple[str, str]]:
    """The strategy's parameters: title, and value; of a percentage of the replicas both, "3 (25 %)"."""
    words, known = tell.words, {parameter.id: parameter for parameter in tell.plan.strategy.parameters}
    asked = dict(tell.plan.asked)
    for key, value in tell.plan.parameters:
        parameter = known.get(key)
        shown = words.shown(value)
        if parameter is not None and parameter.kind is ParameterKind.PERCENT:
            shown = words.get("common.percent", n=shown)
        elif parameter is not None and parameter.kind is ParameterKind.COUNT_OR_PERCENT and "%" in asked.get(key, ""):
            shown += f" ({words.get('common.percent', n=asked[key].rstrip('% '))})"
        yield words.text(parameter.title) if parameter and parameter.title else key.capitalize(), shown


def highlights(tell: Teller) -> tuple[tuple[str, str, str], ...]:
    """The four figures to remember: label, figure, remark."""
    ledger, get = tell.ledger, tell.get
    back = [entry for entry in ledger.steps if entry.rollback and entry.fits]
    stuck = [entry.number for entry in ledger.steps if not entry.possible]
    slowest = max(back, key=lambda entry: (entry.contain + entry.restore).seconds, default=None)
    begin = ledger.begin.running
    rows = [
        (get("high.time"), tell.time(ledger.total), get("high.steps", n=len(tell.plan.steps))),
        (get("high.capacity"), tell.words.percent(ledger.lowest_serving), get("high.lowest")),
        (get("high.peak"), str(ledger.peak_running), get("high.from", n=begin)),
    ]
    if stuck:
        rows.append((get("high.rollback"), get("label.noway"), get("high.slowest", n=stuck[0])))
    elif slowest:
        worst = tell.time(slowest.contain + slowest.restore)
        rows.append((get("high.rollback"), worst, get("high.slowest", n=slowest.number)))
    return tuple(rows)


def outcome(tell: Teller) -> str:
    """How it ends."""
    service = tell.plan.service
    return tell.get(f"outcome.{tell.plan.outcome}", old=service.old, new=service.new)


def here(tell: Teller, number: int) -> str:
    """The step that a live object is at."""
    if not number:
        return tell.get("here_start")
    return tell.get("here_step", n=number, title=tell.words.say(tell.plan.steps[number - 1].title, tell.names))


def summary(tell: Teller) -> str:
    """The paragraph at the top."""
    plan = tell.plan
    course = tell.get(
        "course" if plan.outcome is Outcome.PROMOTED else "unfinished",
        outcome=outcome(tell),
        steps=len(plan.steps),
        replicas=plan.service.replicas,
        old=plan.service.old,
        new=plan.service.new,
        time=tell.time(tell.ledger.total),
        lowest=tell.words.percent(tell.ledger.lowest_serving),
        peak=tell.ledger.peak_running,
    )
    texts = [tell.words.text(text, tell.values) for text in (plan.strategy.summary, plan.environment.summary)]
    return " ".join(text.strip() for text in (*texts, course) if text.strip())


def assumptions(tell: Teller) -> tuple[str, ...]:
    """What the times are made of."""
    environment, seconds = tell.plan.environment, tell.words.seconds
    start, stop = seconds(environment.start_seconds), seconds(environment.stop_seconds)
    switches = [
        tell.get("assume.switch", node=tell.name(node.id), time=seconds(node.switch_seconds))
        for node in environment.nodes
        if node.switch_seconds
    ]
    return (tell.get("assume.instance", start=start, stop=stop), *switches, tell.get("assume.people"))


def build(
    plan: Plan, ledger: Ledger, words: Words, sheets: Sheets | None, *, title: str = "", author: str = ""
) -> Report:
    """Tells a plan in the language of ``words``.

    Args:
        plan: What happens.
        ledger: Its figures.
        words: The language.
        sheets: Its pictures, if any. Steps with a picture are told in full, the others in tables; without pictures the
            plan's key steps are.
        title: The user's own title; empty for one made of service, strategy and environment.
        author: Shown below the title, if given.
    """
    tell = Teller(plan, ledger, words, sheets)
    strategy, environment = (words.text(part.title, tell.values) for part in (plan.strategy, plan.environment))
    service = plan.service
    made = tell.get(
        "title", service=service.name, old=service.old, new=service.new, strategy=strategy, environment=environment
    )
    groups = tell.groups()
    start = tell.point(tell.get("start"), ledger.begin, plan.begin)
    return Report(
        lang=words.lang,
        kind=made if plain(title) else tell.get("kind"),
        title=plain(title) or made,
        author=plain(author),
        summary=summary(tell),
        facts=facts(tell),
        highlights=highlights(tell),
        alarms=alarms(tell),
        overview=tell.frames.get(("overview", -1)),
        start=tell.frames.get(("start", 0)),
        points=(start, *(step.after for group in groups for step in group.steps)),
        groups=groups,
        sites=sites(tell),
        clouds=frozenset(site.id for site in plan.environment.sites if site.kind == "cloud"),
        advice=tuple(words.text(text, tell.values) for text in plan.environment.advice),
        assumptions=assumptions(tell),
        old=service.old,
        new=service.new,
        environment=environment,
    )
