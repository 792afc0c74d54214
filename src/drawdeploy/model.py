"""The vocabulary of drawdeploy: frozen values, no rules, no I/O.

Three families stand here:

* what is *described* — :class:`Strategy`, :class:`Environment`, :class:`Service`;
* what is *true at one moment* — :class:`State`, with its pools, instances and routes;
* what *happens* — :class:`Plan`, its :class:`Step` values and their :class:`Rollback`.

Times are whole seconds, weights and shares are :class:`fractions.Fraction` between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from fractions import Fraction
from operator import attrgetter
from typing import Any, TypeAlias

from drawdeploy.value import Value

Scalar: TypeAlias = "str | int | Fraction | bool | Duration"
Values = tuple[tuple[str, Scalar], ...]


# --- words -----------------------------------------------------------------------------------------------------------


class Text(Value):
    """A text in both languages, as its author wrote it; may hold Jinja2 expressions over a step's values."""

    en: str
    ko: str


class Phrase(Value):
    """Something to be said, in no language yet: a catalogue key or an author's text, with the values it speaks of.

    Attributes:
        key: Key in the catalogue of ``words``; empty if ``text`` is given.
        text: An author's text; ``None`` if ``key`` is given.
        values: Names and values the text may use. A ``Fraction`` is a share, shown in percent.
    """

    key: str = ""
    text: Text | None = None
    values: Values = ()


# --- what is described -----------------------------------------------------------------------------------------------


class NodeKind(StrEnum):
    """What a thing of an environment is for."""

    USERS = "users"
    DNS = "dns"
    CDN = "cdn"
    FIREWALL = "firewall"
    GSLB = "gslb"
    ROUTER = "router"
    STORE = "store"


class Node(Value):
    """A thing of the environment that is not an instance: users, DNS, router, database.

    Attributes:
        id: Unique within the environment.
        kind: What it is for.
        title: Short name for its label.
        icon: ``diagrams`` class by its dotted name below ``diagrams.`` (``aws.network.ELB``).
        site: Id of the site it stands in; empty if outside every site.
        switch_seconds: How long a change of routing takes there until it holds (DNS TTL, reload).
        can: What a router can do besides sending all traffic one way: ``weights``, ``match``, ``mirror``, ``affinity``.
        zone: Id of the network zone it stands in; empty if none is told.
    """

    id: str
    kind: NodeKind
    title: Text
    icon: str
    site: str = ""
    switch_seconds: int = 0
    can: tuple[str, ...] = ("weights",)
    zone: str = ""


class Zone(Value):
    """A network zone of the sites (DMZ, internal). Nodes name it; instances stand in ``internal`` if there is one."""

    id: str
    title: Text


class Actor(Value):
    """Somebody or something that acts: pipeline, registry, tester, monitoring, operator."""

    id: str
    title: Text
    icon: str


class Link(Value):
    """A data path between two stores (replication), or a private link between two sites.

    Attributes:
        source: Node id. Data flows from here.
        target: Node id.
        title: What it is ("VPN · replication").
        icon: Dotted ``diagrams`` name; may be empty.
    """

    id: str
    source: str
    target: str
    title: Text
    icon: str = ""


class Site(Value):
    """A place where instances run.

    Attributes:
        id: Unique within the environment.
        kind: ``plain``, ``on-premises`` or ``cloud``.
        title: "On-premises".
        subtitle: "private cloud · OpenStack"; may be two empty strings.
        compute: Icon of an instance, dotted ``diagrams`` name.
        capacity: How many instances fit; ``None`` if elastic or not limited.
        router: Node id of the router of this site.
        store: Node id of the data store its instances use; empty if none.
        provider: Who runs it (``AWS``); empty if that is of no matter.
    """

    id: str
    kind: str
    title: Text
    subtitle: Text
    compute: str
    capacity: int | None
    router: str
    store: str = ""
    provider: str = ""


class Placement(Value):
    """How a strategy's pools stand on the sites.

    Attributes:
        id: ``single``, ``across`` or ``both``.
        title: How to say it.
        rounds: The site scopes in the order they are worked through. Each scope maps a revision key (``old``,
            ``new``) to the site where its pools stand in that scope: ``((("old", "onprem"), ("new", "cloud")),)``
            for *across*; one scope per site, both keys to the same site, for *both*.
        split: Site ids in the order in which they get the larger part when replicas are split over several scopes.
    """

    id: str
    title: Text
    rounds: tuple[tuple[tuple[str, str], ...], ...]
    split: tuple[str, ...]


class Environment(Value):
    """Where a service runs: sites, and the path users take to them.

    Attributes:
        entry: Node ids from the users to the last thing before the routers (``users``, ``dns``, ``gslb``). The last
            one is linked to the router of every site that the placement uses; if there is one router only, the router
            itself follows.
        placements: What ``--placement`` may name; the first is the default if the strategy names none of them.
        advice: What to watch here, one text a point.
        start_seconds: How long an instance takes to start here, if the service does not say.
        stop_seconds: How long it takes to stop and remove one.
    """

    id: str
    title: Text
    summary: Text
    sites: tuple[Site, ...]
    nodes: tuple[Node, ...]
    entry: tuple[str, ...]
    links: tuple[Link, ...]
    actors: tuple[Actor, ...]
    placements: tuple[Placement, ...]
    advice: tuple[Text, ...]
    start_seconds: int = 60
    stop_seconds: int = 15
    zones: tuple[Zone, ...] = ()


class Service(Value):
    """What is deployed.

    Attributes:
        name: As the user calls it.
        old: Name of the revision that runs before.
        new: Name of the revision that is deployed.
        replicas: Number of old instances in all, over all sites.
        counts: How many of them stand at a site, by site id; empty to split them evenly.
        start_seconds: How long an instance takes to start; ``None`` for what the environment says.
        requests: Live requests per second, over all users; 0 if not known.
        per_instance: Requests per second that one instance can serve; 0 if not known.
        affinity: Whether a user stays with the instance that answered first (sticky sessions).
        database: Whether the versions share a database.
        newer: Name of a revision that comes while ``new`` is still being deployed; empty if none does.
    """

    name: str = "shop"
    old: str = "v1"
    new: str = "v2"
    replicas: int = 3
    counts: tuple[tuple[str, int], ...] = ()
    start_seconds: int | None = None
    requests: int = 0
    per_instance: int = 0
    affinity: bool = False
    database: bool = True
    newer: str = ""

    def named(self, revision: str) -> str:
        """What a revision (``old``, ``new``, ``newer``) is called."""
        return {"old": self.old, "new": self.new}.get(revision) or self.newer or revision


class Expression(Value):
    """A compiled expression of a description; equal if its source is.

    Attributes:
        source: As written.
        evaluate: Takes the names in scope, gives the value.
    """

    source: str
    evaluate: Callable[[Mapping[str, Any]], Any]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __repr__(self) -> str:
        return f"Expression({self.source!r})"


class ParameterKind(StrEnum):
    COUNT = "count"
    COUNT_OR_PERCENT = "count-or-percent"
    PERCENT = "percent"
    """A whole percentage; in expressions its number (``5``)."""
    STEPS = "steps"
    """Counts or percentages in order (``10, 50``); a list in expressions, see :attr:`Parameter.of`."""
    DURATION = "duration"
    """``30m``; in expressions its seconds."""
    CHOICE = "choice"
    """One of a few words."""


class Parameter(Value):
    """An option of a strategy.

    Attributes:
        default: As a user would write it (``"1"``, ``"25%"``, ``"10, 50"``, ``"30m"``).
        minimum: Lowest value allowed, in the unit that expressions see; ``None`` for the kind's own.
        maximum: Highest value allowed.
        choices: The words of a ``choice``.
        of: ``replicas`` if percentages are of all replicas: expressions then see instances, else percents.
        rounds: Which way a percentage of all replicas rounds: ``up`` or ``down``.
        title: What reports call it ("Batch"); ``None`` for its id.
    """

    id: str
    kind: ParameterKind
    default: str
    help: Text
    minimum: int | None = None
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    of: str = ""
    rounds: str = "up"
    title: Text | None = None


class PoolSpec(Value):
    """A pool of a strategy.

    Attributes:
        id: As steps name it (``blue``).
        role: Key of the role's title in the catalogue (``blue``, ``green``, ``old``, ``new`` …).
        revision: ``old`` or ``new``.
        begins_full: Whether it holds the running instances when the plan begins.
    """

    id: str
    role: str
    revision: str
    begins_full: bool


class Verb(StrEnum):
    """The closed set of moves."""

    CREATE = "create"
    TEST = "test"
    ROUTE = "route"
    STANDBY = "standby"
    RESUME = "resume"
    UPDATE = "update"
    OBSERVE = "observe"
    REMOVE = "remove"
    MIRROR = "mirror"
    MATCH = "match"
    FLAG = "flag"
    BIND = "bind"
    MIGRATE = "migrate"


class CheckKind(StrEnum):
    MANUAL = "manual"
    AUTOMATIC = "automatic"


class CheckSpec(Value):
    """A check as described.

    Attributes:
        seconds: How long it watches; 0 if it takes no time of its own.
        success: When it has passed, if the text does not say so.
        failure: When it has failed.
    """

    kind: CheckKind
    who: str
    text: Text
    seconds: Expression | int = 0
    success: Text | None = None
    failure: Text | None = None


class VerbSpec(Value):
    """One verb as described.

    Attributes:
        verb: Which.
        pool: Pool id; empty for ``observe`` and for ``route``.
        count: How many instances; ``None`` for all that fit.
        phase: Only instances in this phase (``remove: {phase: standby}``); empty for any.
        weights: For ``route``: ``((pool id, percent expression), …)``; empty with ``by_serving``.
        by_serving: For ``route``: weights in proportion to what is serving once ready instances are in.
        seconds: For ``observe``: how long.
        off: For ``test``, ``mirror``, ``match``: ends it.
        percent: For ``mirror`` and ``match``: the part of the live requests; for ``flag``: of the users.
        rule: For ``match``: what it matches, as on the picture (``cookie group=b``).
        name: For ``flag``: the flag; for ``bind``: the named service; for ``migrate``: the phase that is reached.
        line: Line in the description, for faults found while expanding; 0 if unknown.
        column: Column there.
    """

    verb: Verb
    pool: str = ""
    count: Expression | None = None
    phase: str = ""
    weights: tuple[tuple[str, Expression], ...] = ()
    by_serving: bool = False
    seconds: Expression | int = 0
    off: bool = False
    percent: Expression | None = None
    rule: str = ""
    name: str = ""
    line: int = 0
    column: int = 0


class StepSpec(Value):
    """One step as described.

    Attributes:
        id: Slug; the file's name comes from it.
        title: Banner. May use the values in scope (``{{ n }}``, ``{{ old }}``, ``{{ new }}``).
        text: What happens, one or two sentences.
        who: Actor ids, each with what it does, as in "operator · switches".
        verbs: What happens, in order, as one move.
        checks: What must hold before the next step.
        rollback: The author's own words about going back from here; ``None`` to let drawdeploy say it.
        undo: The author's own moves for going back from here, in place of the derived ones; empty for those.
        irreversible: Why there is no way back from here on; ``None`` if there is one.
        when: Whether the step takes place at all; ``None`` for always.
    """

    id: str
    title: Text
    text: Text
    who: tuple[tuple[str, Text], ...]
    verbs: tuple[VerbSpec, ...]
    checks: tuple[CheckSpec, ...] = ()
    rollback: Text | None = None
    undo: tuple[VerbSpec, ...] = ()
    irreversible: Text | None = None
    when: Expression | None = None


class RepeatSpec(Value):
    """Steps that repeat, round by round: until an expression holds, or once for every value of a list.

    ``let`` is evaluated once a round, in order. Exactly one of ``until`` and ``each`` is given.

    Attributes:
        each: The name that a round knows its value by, and the list.
    """

    until: Expression | None
    let: tuple[tuple[str, Expression], ...]
    steps: tuple[StepSpec, ...]
    each: tuple[str, Expression] | None = None
    line: int = 0
    column: int = 0


class Strategy(Value):
    """How a service gets from one revision to the next.

    Attributes:
        together: Whether all sites of the placement take each step together; else one site after the other takes all.
        source: Name of the file it was read from, for faults (``drawings/strategies/x.yaml`` or the user's path).
        placement: The placement it prefers where the environment offers it; empty for the environment's first.
    """

    id: str
    title: Text
    summary: Text
    parameters: tuple[Parameter, ...]
    pools: tuple[PoolSpec, ...]
    body: tuple[StepSpec | RepeatSpec, ...]
    placement: str = ""
    cites: tuple[str, ...] = ()
    source: str = ""
    together: bool = False


# --- what is true at one moment --------------------------------------------------------------------------------------


class Phase(StrEnum):
    """Where an instance is in its life."""

    PLANNED = "planned"
    STARTING = "starting"
    READY = "ready"
    SERVING = "serving"
    STANDBY = "standby"
    FAILED = "failed"
    STOPPING = "stopping"
    REMOVED = "removed"

    @property
    def running(self) -> bool:
        """Whether it takes up capacity of its site."""
        return self in _RUNNING


_PHASE = attrgetter("phase")
_RUNNING = frozenset({Phase.STARTING, Phase.READY, Phase.SERVING, Phase.STANDBY, Phase.FAILED, Phase.STOPPING})


REVISIONS = ("old", "new", "newer")
"""Ids of the revisions, in the order in which they come: before, the update, another update while that goes on."""


class Instance(Value):
    """A slot of a pool and what is in it.

    Attributes:
        number: Shown as ``blue-1``; counted over all sites of the role, from 1.
        revision: ``old`` or ``new``; ``newer`` if another update comes in mid-run.
        generation: 1 for the first to stand in this slot; re-creation counts up.
        round: The round in which its phase last changed (0: before the first).
    """

    number: int
    revision: str
    phase: Phase
    generation: int = 1
    round: int = 0


class Pool(Value):
    """One workload at one site.

    Attributes:
        id: ``blue@onprem``: pool id of the strategy, ``@``, site id.
        role: As in :class:`PoolSpec`.
        revision: The revision its slots are for.
        site: Site id.
        instances: Every slot, planned and removed ones included, ordered by number.
    """

    id: str
    role: str
    revision: str
    site: str
    instances: tuple[Instance, ...]

    def count(self, *phases: Phase) -> int:
        """How many instances are in one of ``phases``."""
        return sum(map(phases.__contains__, map(_PHASE, self.instances)))

    @property
    def running(self) -> int:
        """How many take up capacity."""
        return sum(map(_RUNNING.__contains__, map(_PHASE, self.instances)))

    @property
    def serving(self) -> int:
        """How many receive live traffic."""
        return self.count(Phase.SERVING)


class RouteKind(StrEnum):
    LIVE = "live"
    TEST = "test"
    MIRROR = "mirror"
    MATCH = "match"


class Route(Value):
    """One way that requests take.

    Attributes:
        source: Node id or actor id (test routes start at the actor ``tester``).
        target: Node id, pool id, or ``lost``.
        kind: What kind of requests.
        weight: Part of the source's own live traffic, 0 to 1; 0 for test routes. All live weights of a source sum to
            1 if live traffic reaches it, and are all 0 if none does.
        rule: What a ``match`` matches; empty otherwise.
    """

    source: str
    target: str
    kind: RouteKind
    weight: Fraction = Fraction(0)
    rule: str = ""


class State(Value):
    """Everything that is true at one moment.

    Live routes of the whole structure are always listed, at weight 0 where nothing flows. Routes and pools keep their
    order through a plan. A ``match`` route takes its weight off its source's live traffic first; the live weights share
    what is left. A ``mirror`` route copies its weight's part of the live traffic. ``lost`` is the target of live
    traffic that nobody answers.

    Attributes:
        services: Named services and the pool that each is bound to (``(("active", "green@onprem"),)``).
        flags: Feature flags and the part of the users that each is on for.
        schema: Phase of the database's schema (``expand``, ``dual-write``, ``switch``, ``contract``); empty at first.
    """

    pools: tuple[Pool, ...]
    routes: tuple[Route, ...]
    services: tuple[tuple[str, str], ...] = ()
    flags: tuple[tuple[str, Fraction], ...] = ()
    schema: str = ""

    def pool(self, pool_id: str) -> Pool:
        """The pool of that id.

        Raises:
            KeyError: No such pool.
        """
        for pool in self.pools:
            if pool.id == pool_id:
                return pool
        raise KeyError(pool_id)


# --- what happens ----------------------------------------------------------------------------------------------------


class Duration(Value):
    """How long something takes: at least ``seconds``, and as long as ``approvals`` people take."""

    seconds: int = 0
    approvals: int = 0

    def __add__(self, other: Duration) -> Duration:
        return Duration(self.seconds + other.seconds, self.approvals + other.approvals)


class Shift(Value):
    """A weight that changes: of the live traffic of a node, so much goes to one of its targets.

    Attributes:
        source: Node id of who is told so.
        target: Node or pool id.
        before: Part of the source's own live traffic, 0 to 1.
        after: As ``before``.
    """

    source: str
    target: str
    before: Fraction
    after: Fraction


class Move(Value):
    """One verb as it was carried out.

    Attributes:
        verb: Which.
        pool: Pool id (``blue@onprem``); empty for ``observe`` and ``route``.
        numbers: Numbers of the instances moved.
        seconds: How long it takes.
        off: Ends a test, mirror or match.
        batches: Of a rollback in batches: numbers of the first and the last that it belongs to; in those between the
            two the same is done again and again, so many at a time. ``None`` if there are no batches.
        shifts: The weights it changes, of every node that has a choice. If several moves of a step change weights
            together, the last of them has all changes, and the time until they hold.
        value: What a ``flag``, ``bind``, ``migrate``, ``match`` or ``mirror`` sets, as text.
    """

    verb: Verb
    pool: str = ""
    numbers: tuple[int, ...] = ()
    seconds: int = 0
    off: bool = False
    batches: tuple[int, int] | None = None
    shifts: tuple[Shift, ...] = ()
    value: str = ""


class Check(Value):
    """What is waited for before the next step."""

    kind: CheckKind
    who: str
    text: Phrase
    seconds: int = 0
    success: Phrase | None = None
    failure: Phrase | None = None


class Act(Value):
    """Who acts in a step, and how to say what they do ("switches")."""

    actor: str
    text: Phrase


class Round(Value):
    """Which turn of a loop: ``index`` of ``total``, and the site if the placement has several scopes."""

    index: int
    total: int
    site: str = ""


class RollbackKind(StrEnum):
    DERIVED = "derived"
    OVERRIDE = "override"
    CONTROLLER = "controller"
    OPERATOR = "operator"
    NONE = "none"


class StageKind(StrEnum):
    CONTAIN = "contain"
    RESTORE = "restore"


class Stage(Value):
    """One stage of a rollback. If ``moves`` is empty, ``reason`` says why there is nothing to do in it.

    Attributes:
        created: How many instances it creates again.
        batches: In how many batches it creates them: 1 unless the site's capacity forces more, 0 if there is no room
            for all of them in any number. It then takes no time, since it cannot be done; ``moves`` and ``after`` say
            what it would need.
        fits: Whether it fits the capacity of every site, from its beginning to its end.
    """

    kind: StageKind
    title: Phrase
    reason: Phrase | None
    moves: tuple[Move, ...]
    acts: tuple[Act, ...]
    before: State
    after: State
    duration: Duration
    created: int = 0
    batches: int = 1
    fits: bool = True

    @property
    def possible(self) -> bool:
        """Whether it can be done at all as things are."""
        return self.batches > 0


class Rollback(Value):
    """How to get from a step back to the beginning.

    Attributes:
        summary: One sentence ("Blue is on standby: routing goes back at once").
        stages: Contain, then restore; empty only for kind ``none``.
    """

    kind: RollbackKind
    summary: Phrase
    stages: tuple[Stage, ...]


class Step(Value):
    """One step of a plan.

    Attributes:
        number: From 1.
        id: Slug of the description; ``NN-id`` names its files.
        round: Which turn of its loop, or of the sites; ``None`` outside loops over one scope.
        in_round: Position in its round and the length of a round (``(2, 4)``): the banner's numbers in a loop.
        key: Whether it is drawn unless every step is asked for (not in a loop, in the first round, or the last step of
            a round).
        duration: Verbs and checks together; manual checks count as approvals.
        through: States on the way to ``after``, in order, itself included, where somebody has worked them out (a
            controller's syncs); figures then follow them. Empty where the order of ``moves`` says it all.
    """

    number: int
    id: str
    title: Phrase
    text: Phrase
    acts: tuple[Act, ...]
    moves: tuple[Move, ...]
    checks: tuple[Check, ...]
    round: Round | None
    in_round: tuple[int, int] | None
    key: bool
    before: State
    after: State
    duration: Duration
    rollback: Rollback
    through: tuple[State, ...] = ()


class Outcome(StrEnum):
    PROMOTED = "promoted"
    ABORTED = "aborted"
    WAITING = "waiting"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class Warning(Value):
    """Something true of the plan that the user should know.

    Attributes:
        message: What.
        hint: What to do instead.
        steps: Numbers of the steps it holds in.
        field: Path of the field of a manifest that it is about (``spec.strategy.canary``); empty if of none.
        place: Where that field stands (``shop.yaml:12:5``); empty if nobody knows.
    """

    message: Phrase
    hint: Phrase
    steps: tuple[int, ...] = ()
    field: str = ""
    place: str = ""


class Plan(Value):
    """The exact steps from the old revision to the new.

    Attributes:
        parameters: The strategy's parameters as resolved, in order.
        here: Number of the step that a live object is at, 0 before the first; ``None`` if nobody knows.
        asked: The same as they were written ("25%"), in the same order.
        name: What it is the plan of, where that tells it from others of the same strategy (``shop-web``); a slug.
    """

    service: Service
    strategy: Strategy
    environment: Environment
    placement: Placement
    parameters: Values
    begin: State
    steps: tuple[Step, ...]
    outcome: Outcome
    warnings: tuple[Warning, ...] = ()
    here: int | None = None
    asked: tuple[tuple[str, str], ...] = ()
    name: str = ""

    @property
    def slug(self) -> str:
        """Name of the output folder: strategy and environment, joined by a dash, behind the plan's own name."""
        return "-".join(part for part in (self.name, self.strategy.id, self.environment.id) if part)

    def stem(self, step: Step | None) -> str:
        """Stem of a step's files: ``02-switch-traffic``, ``00-start`` without one; as wide as all of the plan's."""
        digits = max(2, len(str(len(self.steps))))
        return f"{step.number:0{digits}d}-{step.id}" if step else f"{0:0{digits}d}-start"

    def place(self, step: Step) -> tuple[int, int]:
        """Where a step stands, and of how many: in its round or, if that says nothing, in the plan."""
        if step.round is None or step.in_round is None or step.round.total == 1 or step.in_round[1] == 1:
            return step.number, len(self.steps)
        return step.in_round
