"""Alt texts: what a picture shows, for those who hear it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drawdeploy.model import Plan, State, Step
from drawdeploy.picture import captions
from drawdeploy.picture.moments import Moment, view_pools
from drawdeploy.words import names

if TYPE_CHECKING:
    from drawdeploy.words import Words


def pools(plan: Plan, state: State, words: Words) -> str:
    """What runs in every pool: ``Blue: 3 serving · 100 %; Green: nothing runs``."""
    titles, views, said = names(plan), view_pools(Moment(state, state)), []
    for pool in state.pools:
        title = words.text(titles[pool.id])
        if not pool.running:
            said.append(words.get("picture.alt.pool_empty", pool=title))
            continue
        view = views[pool.id]
        status = captions.pool_status(view, words, mode="cells", brief=False)
        said.append(words.get("picture.alt.pool", pool=title, status=status))
    return "; ".join(said)


def start(plan: Plan, title: str, words: Words) -> str:
    """Of the state before the first step."""
    return words.get("picture.alt.start", title=title, pools=pools(plan, plan.begin, words))


def step(plan: Plan, happening: Step, words: Words) -> str:
    """Of the state after a step."""
    title = words.say(happening.title, names(plan))
    seen = pools(plan, happening.after, words)
    return words.get("picture.alt.step", n=happening.number, total=len(plan.steps), title=title, pools=seen)


def rollback(plan: Plan, happening: Step, words: Words) -> str:
    """Of both stages of a rollback."""
    titles, said = names(plan), []
    for stage in happening.rollback.stages:
        head = words.say(stage.title, titles)
        if stage.moves:
            said.append(words.get("picture.alt.stage", stage=head, pools=pools(plan, stage.after, words)))
        elif stage.reason:
            reason = words.say(stage.reason, titles).rstrip(".")
            said.append(words.get("picture.alt.stage_empty", stage=head, reason=reason))
    title = words.say(happening.title, titles)
    return words.get(
        "picture.alt.rollback", n=happening.number, total=len(plan.steps), title=title, stages=" ".join(said)
    )


def overview(title: str, count: int, last: int, words: Words) -> str:
    """Of the overview, ``count`` panels up to step ``last``; the pictures of the steps describe them."""
    return words.get("picture.alt.overview", title=title, count=count, n=last)
