"""What holds for every Canary, whatever it says: weights, counts, ways back, and words for all of it."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from drawdeploy.controllers import flagger
from drawdeploy.controllers.asked import Asked
from drawdeploy.controllers.course import Course, Moment, Note, Subject
from drawdeploy.model import Outcome, Phrase
from drawdeploy.words import Words
from flagger_manifests import METRIC, available, canary, deployment, hook, share, subject

PROVIDERS = ("istio", "linkerd", "nginx", "gatewayapi:v1", "kubernetes")
KINDS = ("confirm-rollout", "pre-rollout", "rollout", "confirm-traffic-increase", "confirm-promotion", "rollback")
RULE = [{"headers": {"cookie": {"exact": "beta"}}}]

ways = st.one_of(
    st.fixed_dictionaries(
        {"stepWeight": st.integers(1, 100)},
        optional={
            "maxWeight": st.integers(1, 100),
            "stepWeightPromotion": st.integers(1, 100),
            "mirror": st.booleans(),
        },
    ),
    st.fixed_dictionaries(
        {"stepWeights": st.lists(st.integers(1, 100), min_size=1, max_size=6, unique=True).map(sorted)}
    ),
    st.fixed_dictionaries(
        {"iterations": st.integers(1, 6)}, optional={"mirror": st.booleans(), "match": st.just(RULE)}
    ),
)
manifests = st.builds(
    lambda way, provider, kinds, metrics, threshold, interval, replicas, skip, strategy: (
        canary(
            {
                **way,
                "interval": f"{interval}s",
                "threshold": threshold,
                "metrics": [METRIC] * metrics,
                "webhooks": [hook(kind) for kind in kinds],
            },
            provider=provider,
            skipAnalysis=skip,
        ),
        deployment(replicas, strategy=strategy),
    ),
    ways,
    st.sampled_from(PROVIDERS),
    st.lists(st.sampled_from(KINDS), unique=True, max_size=4),
    st.integers(0, 1),
    st.integers(1, 4),
    st.sampled_from((10, 30, 60, 300)),
    st.integers(1, 12),
    st.booleans(),
    st.sampled_from(
        (
            {},
            {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            {"rollingUpdate": {"maxSurge": "50%", "maxUnavailable": "25%"}},
        )
    ),
)
few = settings(derandomize=True, max_examples=60, deadline=None)


def _run(made: tuple[dict[str, Any], ...], **asked: Any) -> tuple[Subject, Course]:
    found = subject(*made)
    return found, flagger.course(found, Asked(**asked))


@few
@given(manifests, st.integers(0, 90))
def test_weights_sum_to_the_whole_and_time_goes_on(made: tuple[dict[str, Any], ...], start: int) -> None:
    _, run = _run(made, start_seconds=start)
    for moment, following in zip(run.moments, (*run.moments[1:], run.moments[-1]), strict=True):
        assert sum(dict(moment.weights).values()) == 1
        assert following.at >= moment.at + moment.hold.seconds
        assert all(min(crowd.starting, crowd.available, crowd.failed, crowd.stopping) >= 0 for crowd in moment.crowds)
    assert re.fullmatch(r"[a-z0-9-]{1,40}", "".join(moment.id for moment in run.moments if moment.id)[:40])


@few
@given(manifests)
def test_a_healthy_run_ends_with_nothing_but_the_new_on_the_primary(made: tuple[dict[str, Any], ...]) -> None:
    found, run = _run(made)
    last = run.moments[-1]
    if run.outcome is Outcome.WAITING:  # of these, only a mirror that nobody can give is waited for
        assert found.spec.analysis.mirror and not found.spec.mirrors
        return
    assert run.outcome is Outcome.PROMOTED
    assert (share(last, "primary"), len(last.crowds)) == (1, 1)
    assert available(last, "primary", "new") == found.replicas
    assert run.moments[-1].id  # the end is a step


@few
@given(manifests)
def test_no_instance_is_missing_while_the_primary_rolls(made: tuple[dict[str, Any], ...]) -> None:
    """Of the primary, never fewer are available than its own maxUnavailable allows, nor more there than maxSurge."""
    found, run = _run(made)
    target = found.spec.target
    for moment in run.moments:
        state = moment.state
        surge, fewer = state.primary.fences
        assert state.primary.available(state.now) >= target.primary - min(fewer, target.primary)
        assert state.primary.running() <= target.primary + surge
        assert share(moment, "lost") == 0


@few
@given(manifests, st.integers(0, 200))
def test_a_way_back_ends_at_the_primary_but_for_a_promotion_that_is_stuck(
    made: tuple[dict[str, Any], ...], at: int
) -> None:
    found, run = _run(made)
    index = at % len(run.moments)
    back = flagger.back(found, run, index, Asked())
    if back.kind == "none":
        assert back.moments == ()
        return
    assert back.moments[0] == run.moments[index]
    _rises(back.moments)
    last = back.moments[-1]
    if back.summary.key == "flagger.back.stuck":
        matched = bool(last.matches)
        assert matched or share(last, "canary") == 1
        assert last.status == "Failed"
        return
    if last.status == "Progressing":  # a mirror that never comes, again
        assert found.spec.analysis.mirror and not found.spec.mirrors
        return
    assert (share(last, "primary"), last.matches) == (Fraction(1), ())
    assert available(last, "primary", "old") == found.replicas
    assert len(last.crowds) == 1


def _rises(moments: tuple[Moment, ...]) -> None:
    assert all(one.at <= other.at for one, other in pairwise(moments))


@few
@given(manifests, st.integers(0, 200))
def test_everything_can_be_said_in_both_languages(made: tuple[dict[str, Any], ...], at: int) -> None:
    found, run = _run(made)
    back = flagger.back(found, run, at % len(run.moments), Asked())
    for lang in ("en", "ko"):
        words = Words(lang)
        for moment in (*run.moments, *back.moments):
            assert _say(words, moment.said)
            if moment.id:
                assert 0 < len(_say(words, moment.title)) <= 60
                for phrase in (moment.text, *(act.text for act in moment.acts), *(c.text for c in moment.checks)):
                    assert _say(words, phrase)
        assert _say(words, back.summary)
        for note in (*found.notes, *run.notes):
            _notes(words, note)


def _notes(words: Words, note: Note) -> None:
    assert _say(words, note.message)
    assert note.hint == Phrase() or _say(words, note.hint)


def _say(words: Words, phrase: Phrase) -> str:
    return words.say(Phrase(phrase.key, phrase.text, (("old", "v1"), ("new", "v2"), *phrase.values)))
