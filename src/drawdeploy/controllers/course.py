"""What a controller does, moment by moment: the one form in which every simulation gives its answer.

A controller's own loop is simulated with its own numbers (desired, available, weights …). What the loop leads to is
told as a :class:`Course` of :class:`Moment` values; ``fold`` turns that into the steps, states and rollbacks of a
:class:`~drawdeploy.model.Plan`, the same way for all controllers.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from drawdeploy.errors import Where
from drawdeploy.model import REVISIONS, Act, Check, Duration, Outcome, Phrase, Text
from drawdeploy.value import Value

__all__ = ["REVISIONS", "Back", "Course", "Crowd", "Group", "Moment", "Note", "Subject"]


class Crowd(Value):
    """The instances of one pool that run the same revision.

    Whether the available ones serve, stand by or are only ready follows from the weights: those of a pool that live
    traffic reaches serve; of the others, who has served before stands by.

    Attributes:
        pool: Id of a :class:`Group` (``stable``).
        revision: One of ``REVISIONS``.
        starting: Up, but not yet available.
        available: Can take requests.
        failed: Up, and never to become available.
        stopping: Told to stop, and still there.
    """

    pool: str
    revision: str
    starting: int = 0
    available: int = 0
    failed: int = 0
    stopping: int = 0


class Group(Value):
    """A pool of the course, as the controller sees it: a ReplicaSet, a Deployment, a task set, a fleet.

    Attributes:
        id: ``stable``, ``canary``, ``active``, ``preview``, ``primary``, ``old``, ``new``, ``blue`` …
        role: Key of its title in the catalogue (``common.role.stable``).
        revision: Revision its instances have when it is made.
        full: Whether it holds the running instances before the first moment.
    """

    id: str
    role: str
    revision: str
    full: bool = False


class Moment(Value):
    """One moment of a course: how things stand, and what has just been done.

    Attributes:
        at: Seconds since the update was applied; never less than that of the moment before, its hold included.
        crowds: Who is there; who is not listed is not there. In the order of the course's groups.
        weights: Part of the live traffic by pool id, summing to 1; ``lost`` may be among them. Empty if a plain
            Service spreads it over all available instances (in proportion to their number).
        matches: Pools that requests matching a rule go to first: pool, rule, and the part of live traffic they are.
        mirrors: Pools that get a copy, and of what part.
        tests: Pools that test traffic reaches (a preview Service).
        services: Named services and the pool each selects (``(("active", "green"),)``).
        status: The controller's own word (``Progressing``, ``Paused``, ``Degraded``).
        index: Index of the manifest's step in progress, from 0; ``None`` if it has none.
        id: Slug of the step that ends here (``set-weight``); empty if this moment is a sync on the way that only
            ``--every-sync`` shows.
        title: Banner of that step.
        text: What happens in it, one or two sentences.
        acts: Who acts in it.
        checks: What is waited for here before it goes on: analysis, approval, gate.
        hold: How long it stays here before the next moment: seconds known, and people waited for.
        said: What this one sync did, in a line (for ``--every-sync``, and to be listed in a step folded from many).
        state: The controller's own state, from which ``back`` goes on; means nothing outside its module.
    """

    at: int
    crowds: tuple[Crowd, ...]
    weights: tuple[tuple[str, Fraction], ...] = ()
    matches: tuple[tuple[str, str, Fraction], ...] = ()
    mirrors: tuple[tuple[str, Fraction], ...] = ()
    tests: tuple[str, ...] = ()
    services: tuple[tuple[str, str], ...] = ()
    status: str = ""
    index: int | None = None
    id: str = ""
    title: Phrase = Phrase()
    text: Phrase = Phrase()
    acts: tuple[Act, ...] = ()
    checks: tuple[Check, ...] = ()
    hold: Duration = Duration()
    said: Phrase = Phrase()
    state: Any = None


class Note(Value):
    """Something true of the manifest or of its course that the user should know.

    Attributes:
        message: What.
        hint: What to do instead.
        where: The field it is about, if it is about one.
        field: That field's path (``spec.strategy.canary.steps[2]``), if it is about one.
    """

    message: Phrase
    hint: Phrase = Phrase()
    where: Where | None = None
    field: str = ""


class Course(Value):
    """A whole run of a controller. The first moment is the one before the update.

    Attributes:
        groups: All pools that any moment speaks of, in the order in which they are drawn.
        here: Index of the moment that a live object's ``status`` says it is at; ``None`` for a manifest without one.
        notes: What simulating it showed (traffic per pod, missing capacity …).
    """

    groups: tuple[Group, ...]
    moments: tuple[Moment, ...]
    outcome: Outcome
    here: int | None = None
    notes: tuple[Note, ...] = ()


class Back(Value):
    """The way back from one moment.

    Attributes:
        kind: ``controller``, ``operator`` or ``none``.
        summary: One sentence.
        moments: From the moment itself (first) to the end of the way back; empty for ``none``.
        delay: Why traffic does not go back at once, where it does not and something else than instances holds it.
    """

    kind: str
    summary: Phrase
    moments: tuple[Moment, ...] = ()
    delay: Phrase = Phrase()


class Subject(Value):
    """One object of the input that a controller moves, read and checked.

    Attributes:
        controller: Id of the controller (``argo``).
        kind: Kind of the object (``Rollout``).
        name: Its name.
        namespace: Its namespace; may be empty.
        where: Where it stands.
        spec: The controller's own frozen values.
        strategy: Id of what it is drawn as: slug for the output folder (``argo-canary``).
        title: Banner of the whole ("Argo Rollouts: canary").
        summary: What it does, in a sentence or two.
        old: Name of the revision before, if the manifest tells (image tag); may be empty.
        new: Name of the revision it brings; may be empty.
        replicas: How many instances it has when nothing moves.
        start_seconds: How long an instance takes to become available, from probes and minReadySeconds; ``None`` if
            nothing says.
        router: What divides the traffic, for the environment's picture: ``service``, ``ingress``, ``gateway``,
            ``istio``, ``linkerd``, ``alb``, ``nginx``, ``traefik`` …
        notes: Fields that would change the picture and are not simulated, and other warnings of reading.
        cites: Where the rules come from.
    """

    controller: str
    kind: str
    name: str
    namespace: str
    where: Where
    spec: Any
    strategy: str
    title: Text
    summary: Text
    replicas: int
    old: str = ""
    new: str = ""
    start_seconds: int | None = None
    router: str = "service"
    notes: tuple[Note, ...] = ()
    cites: tuple[str, ...] = ()
