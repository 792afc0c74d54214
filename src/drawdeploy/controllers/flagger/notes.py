"""What the reader of a Canary should know: fields that do something else than they seem to, or nothing."""

from __future__ import annotations

from fractions import Fraction

from drawdeploy.controllers.course import Note
from drawdeploy.controllers.documents import Document, Documents, Fields
from drawdeploy.controllers.flagger.spec import CONFIRM_ROLLOUT, DURING, PLAIN, ROLLBACK, Spec
from drawdeploy.controllers.flagger.state import Beat, State
from drawdeploy.controllers.flagger.target import unlabelled
from drawdeploy.controllers.flagger.weights import TOTAL, max_weight, promoted, weights
from drawdeploy.model import Duration, Phrase, Values

_ANALYSIS = "spec.analysis"


def notes_on(document: Document, documents: Documents, spec: Spec) -> tuple[Note, ...]:
    """What reading a Canary shows."""
    fields = Fields(document)
    return (
        *_weights(fields, spec),
        *_ignored(fields, spec),
        *_provider(fields, spec),
        *_target(fields, documents, spec),
        *_checks(fields, spec),
    )


def notes_of(spec: Spec, beats: tuple[Beat, ...]) -> tuple[Note, ...]:
    """What its run shows: instances given up, traffic that nobody answers, canary instances that carry too much."""
    late = "spec.progressDeadlineSeconds"
    found = []
    target = spec.target
    if not target.known and target.kind != "Service":
        given: Values = (("kind", target.kind), ("target", target.name), ("n", target.primary))
        found.append(_seen(spec, "spec.targetRef", "unknown", given))
    if any(_in_vain(beat) for beat in beats):
        found.append(_seen(spec, late, "late", (("field", late), ("seconds", Duration(spec.deadline)))))
    if (lost := max((_lost(spec, beat.state) for beat in beats), default=0)) > 0:
        found.append(_seen(spec, _ANALYSIS, "lost", (("weight", Fraction(lost, TOTAL)),)))
    return (*found, *_load(spec, beats))


def _seen(spec: Spec, field: str, key: str, values: Values) -> Note:
    hint = Phrase(f"flagger.hint.{key.partition('.')[0]}", values=values)
    where = spec.target_at if field == "spec.targetRef" else spec.analysis_at
    return Note(Phrase(f"flagger.note.{key}", values=values), hint, where, field)


def _in_vain(beat: Beat) -> bool:
    """Whether Flagger gave up instances that would have become ready, only later."""
    gave_up = beat.what == "promotion_failed" or (beat.what == "rollback" and dict(beat.values)["failed"] == 0)
    return gave_up and not beat.state.broken and not beat.state.abort


def _lost(spec: Spec, state: State) -> int:
    """Percent of the traffic that goes where nobody is available."""
    if state.broken:
        return 0
    canary = 0 if _matched(spec) else state.canary_weight
    sides = ((state.primary, TOTAL - canary), (state.canary, canary))
    return sum(weight for workload, weight in sides if not workload.available(state.now))


def _matched(spec: Spec) -> bool:
    return bool(spec.analysis.match) and spec.matches and spec.rounds > 0


def _load(spec: Spec, beats: tuple[Beat, ...]) -> list[Note]:
    """The moment in which an instance of the canary carries most, if more than one carried before the update."""
    whole = spec.target.primary
    most, pods, share = Fraction(1), 0, Fraction(0)
    for state in (beat.state for beat in beats):
        available = state.canary.available(state.now)
        load = Fraction(state.canary_weight * whole, TOTAL * available) if available else Fraction(0)
        if load > most and not _matched(spec):
            most, pods, share = load, available, Fraction(state.canary_weight, TOTAL)
    if most <= 1:
        return []
    values: Values = (("weight", share), ("n", pods), ("whole", whole), ("load", most))
    return [_seen(spec, _ANALYSIS, "load.one" if pods == 1 else "load.many", values)]


def _note(fields: Fields, field: str, key: str, hint: bool = False, values: Values = ()) -> Note:
    advice = Phrase(f"flagger.hint.{key}", values=values) if hint else Phrase()
    return Note(Phrase(f"flagger.note.{key}", values=(("field", field), *values)), advice, fields.where(field), field)


def _weights(fields: Fields, spec: Spec) -> list[Note]:
    analysis = spec.analysis
    if spec.mode != "weights":
        return []
    found = weights(analysis)
    most = max_weight(analysis)
    if not promoted(analysis):
        return [_note(fields, _ANALYSIS, "no_end", True)]
    if found and found[-1] > most:
        shown = ", ".join(str(weight) for weight in found[-3:])
        values = (("step", analysis.step_weight), ("most", most), ("weights", shown), ("last", found[-1]))
        return [_note(fields, f"{_ANALYSIS}.maxWeight", "overshoot", True, values)]
    return []


def _ignored(fields: Fields, spec: Spec) -> list[Note]:
    """Fields that another one puts out of force."""
    analysis = spec.analysis
    found = []
    if analysis.max_weight and (analysis.step_weights or analysis.iterations > 0):
        other = "iterations" if analysis.iterations > 0 else "stepWeights"
        found.append(_note(fields, f"{_ANALYSIS}.maxWeight", "ignored", values=(("other", other),)))
    if analysis.match and spec.rounds == 0:
        found.append(_note(fields, f"{_ANALYSIS}.match", "unsupported"))
    if spec.skip:
        found.append(_note(fields, "spec.skipAnalysis", "skip"))
    if spec.suspend:
        found.append(_note(fields, "spec.suspend", "suspend", True))
    if fields.node(f"{_ANALYSIS}.sessionAffinity") is not None:
        found.append(_note(fields, f"{_ANALYSIS}.sessionAffinity", "affinity"))
    return found


def _provider(fields: Fields, spec: Spec) -> list[Note]:
    analysis, found = spec.analysis, []
    provider = (("provider", spec.provider),)
    if not fields.text("spec.provider"):
        found.append(_note(fields, "spec", "provider", True, provider))
    if spec.provider == PLAIN:
        if analysis.iterations < 1 and not spec.skip:
            found.append(_note(fields, _ANALYSIS, "plain_weights", True))
        if analysis.match:
            found.append(_note(fields, f"{_ANALYSIS}.match", "plain_match"))
    elif analysis.match and spec.rounds > 0:
        found.append(_note(fields, f"{_ANALYSIS}.match", "share" if spec.matches else "match", False, provider))
    if analysis.mirror and not spec.mirrors:
        found.append(
            _note(fields, f"{_ANALYSIS}.mirror", "mirror" if spec.rounds > 0 else "no_mirror", False, provider)
        )
    return found


def _target(fields: Fields, documents: Documents, spec: Spec) -> list[Note]:
    target, found = spec.target, []
    values: Values = (("kind", target.kind), ("target", target.name), ("n", target.primary))
    at = "spec.targetRef"
    if target.kind == "Service":
        found.append(_note(fields, at, "service", True, values))
    if target.stuck:
        found.append(_note(fields, at, "stuck", False, values))
    if unlabelled(fields, documents, fields.document.namespace) is not None:
        found.append(_note(fields, at, "labels", True, values))
    if spec.analysis.of(CONFIRM_ROLLOUT) and target.kind == "Deployment" and not target.scaled and target.known:
        found.append(_note(fields, at, "early", True, values))
    return found


def _checks(fields: Fields, spec: Spec) -> list[Note]:
    """An analysis that asks nobody anything cannot fail."""
    analysis = spec.analysis
    asked = analysis.metrics or analysis.of(DURING) or analysis.of(ROLLBACK)
    return [] if asked or spec.skip else [_note(fields, _ANALYSIS, "unchecked", True)]
