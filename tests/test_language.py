"""The language as a whole: random strategies made of everything that it has, as text, read, worked out and drawn."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from drawdeploy.api.planned import Planned
from drawdeploy.describe.strategy import read_strategy
from drawdeploy.errors import DrawDeployError
from drawdeploy.expand import expand
from drawdeploy.ledger import keep, shares
from drawdeploy.model import Environment, Plan, RollbackKind, RouteKind, Service, Verb
from plans import check_plan
from strategies import able, one_site, two_sites

Json = dict[str, Any]

PARAMETERS: Json = {
    "weights": {"type": "steps", "default": "10, 50", "help": "Percents"},
    "batch": {"type": "count-or-percent", "default": "25%", "help": "Instances"},
    "share": {"type": "percent", "default": 5, "min": 1, "max": 50, "help": "Percent"},
    "bake": {"type": "duration", "default": "10m", "max": "1h", "help": "Time"},
    "mode": {"type": "choice", "choices": ["cookie", "header"], "default": "cookie", "help": "How"},
}
POOLS: Json = {"a": {"revision": "old", "begin": "all"}, "b": {"revision": "new"}, "c": {"revision": "new"}}
ENVIRONMENTS = {"one": one_site, "two": two_sites}


def described(steps: list[Json], **more: Any) -> str:
    """A strategy of these steps as text; JSON is YAML."""
    head = {"apiVersion": "drawdeploy/v1", "kind": "Strategy", "name": "made-up", "title": "T", "summary": "S"}
    ids = iter(range(1000))

    def numbered(part: Json) -> Json:
        if "repeat" in part:
            return {"repeat": {**part["repeat"], "steps": [numbered(step) for step in part["repeat"]["steps"]]}}
        return {
            "id": f"s-{next(ids)}",
            "title": "{{ new }} at {{ bake }}",
            "text": "{{ batch }} of {{ replicas }}",
            **part,
        }

    return json.dumps(
        {**head, "parameters": PARAMETERS, "pools": POOLS, **more, "steps": [numbered(part) for part in steps]}
    )


def planned(text: str, environment: Environment, **more: Any) -> Plan:
    service = more.pop("service", Service(replicas=3))
    return expand(read_strategy(text, "made-up.yaml"), environment, service, **more)


# --- random ----------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c"])
COUNTS = st.sampled_from([1, 2, "batch", "min(batch, a.serving)", "b.planned", "ceil(replicas * share / 100)", "a.old"])
PERCENTS = st.sampled_from([1, 10, 50, 100, "share", "100 - share"])


def one(verb: str, **keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({verb: st.fixed_dictionaries(keys)})


def counted(verb: str) -> st.SearchStrategy[Json]:
    return one(verb, pool=NAMES) | one(verb, pool=NAMES, count=COUNTS)


WEIGHTS = st.sampled_from(
    [
        "by-serving",
        {"b": 100},
        {"a": 100},
        {"lost": 100},
        {"a": 50, "b": 50},
        {"a": "100 - share", "b": "share"},
        {"b": 60, "c": 40},
    ]
)
OFF = st.just(True)
VERBS = st.one_of(
    counted("create"),
    counted("standby"),
    counted("resume"),
    counted("update"),
    counted("remove"),
    one("remove", pool=NAMES, phase=st.sampled_from(["standby", "ready"])),
    one("route", weights=WEIGHTS),
    one("test", pool=NAMES),
    one("test", pool=NAMES, off=OFF),
    one("mirror", pool=NAMES, percent=PERCENTS),
    one("mirror", pool=NAMES, off=OFF),
    one("match", pool=NAMES, rule=st.sampled_from(["cookie group=b", "header x"]), percent=PERCENTS),
    one("match", pool=NAMES, off=OFF),
    one("flag", name=st.sampled_from(["new-cart", "new-search"]), percent=PERCENTS),
    one("bind", service=st.sampled_from(["active", "preview"]), pool=NAMES),
    one("migrate", phase=st.sampled_from(["expand", "dual-write", "switch", "contract"])),
    one("observe", **{"for": st.sampled_from(["5m", "bake", "bake * 2"])}),
)
CHECKS = st.sampled_from(
    [
        [],
        [{"manual": "Order flow"}],
        [{"auto": "Errors", "for": "bake / 2", "success": "< 1 %", "failure": "> {{ share }} %"}],
    ]
)
WHENS = st.sampled_from(["placement != 'across'", "sites > 1", "mode == 'cookie'", "service.affinity", "b.running > 0"])
EXTRAS = st.fixed_dictionaries(
    {},
    optional={
        "when": WHENS,
        "checks": CHECKS,
        "rollback": st.one_of(
            st.just({"en": "Back.", "ko": "되돌림."}),
            st.fixed_dictionaries({"text": st.just("Back"), "do": st.lists(VERBS, min_size=1, max_size=3)}),
        ),
    },
)
STEPS = st.builds(lambda do, extra: {"do": do, **extra}, st.lists(VERBS, min_size=1, max_size=3), st.just({}) | EXTRAS)
LOOPS = st.builds(
    lambda head, steps: {"repeat": {**head, "steps": steps}},
    st.sampled_from(
        [
            {"until": "a.running == 0"},
            {"until": "b.planned == 0", "let": {"n": "min(batch, b.planned)"}},
            {"until": "a.old == 0"},
            {"each": {"w": "weights"}},
            {"each": {"w": [10, 100]}},
        ]
    ),
    st.lists(STEPS, min_size=1, max_size=2),
)
BACK = {"do": [{"route": {"weights": {"a": 100}}}]}
USUAL: list[Json] = [
    {"do": [{"create": {"pool": "b"}}]},
    {"do": [{"create": {"pool": "c", "count": 1}}]},
    {"do": [{"route": {"weights": {"b": 100}}}], "rollback": BACK},
    {"do": [{"route": {"weights": {"lost": 100}}}, {"remove": {"pool": "a"}}]},
    {"do": [{"match": {"pool": "b", "rule": "cookie group=b", "percent": "share"}}]},
    {"do": [{"mirror": {"pool": "b"}}]},
    {"do": [{"flag": {"name": "new-cart", "percent": 10}}]},
    {"do": [{"migrate": {"phase": "expand"}}, {"bind": {"service": "active", "pool": "a"}}]},
    {"do": [{"remove": {"pool": "a"}}], "irreversible": "The last of {{ old }} is gone"},
    {"repeat": {"until": "a.old == 0", "steps": [{"do": [{"update": {"pool": "a", "count": "min(batch, a.old)"}}]}]}},
    {
        "repeat": {
            "each": {"w": "weights"},
            "steps": [
                {"do": [{"create": {"pool": "b", "count": "max(0, ceil(replicas * w / 100) - b.running)"}}]},
                {"do": [{"route": {"weights": {"a": "100 - w", "b": "w"}}}]},
            ],
        }
    },
]
PARTS = st.lists(st.one_of(st.sampled_from(USUAL), STEPS, LOOPS), min_size=3, max_size=9)


def grown(parts: list[Json], environment: Environment, replicas: int = 3, **more: Any) -> Plan | None:
    """The plan of as many of the parts as go with those before them; every refusal has its place and a hint."""
    body: list[Json] = []
    plan = None
    for part in parts:
        try:
            plan = planned(described([*body, part], **more), environment, service=Service(replicas=replicas))
        except DrawDeployError as error:
            assert all(fault.where or type(error).__name__ == "Unable" for fault in error.faults), error
            assert all(fault.hint for fault in error.faults), error
        else:
            body.append(part)
    return plan


@settings(derandomize=True, max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    PARTS,
    st.sampled_from(["one", "two"]),
    st.booleans(),
    st.none() | st.integers(1, 8),
    st.sampled_from(["in-turn", "together"]),
    st.sampled_from([3, 2, 7]),
)
def test_any_strategy_of_the_language_is_refused_or_keeps_the_invariants(
    parts: list[Json], where: str, can: bool, capacity: int | None, sites: str, replicas: int
) -> None:
    environment = ENVIRONMENTS[where](capacity)
    plan = grown(parts, able(environment) if can else environment, replicas, sites=sites)
    if plan is not None:
        event(f"{min(len(plan.steps), 8)} steps")
        for verb in {move.verb for step in plan.steps for move in step.moves}:
            event(verb.value)
        check_plan(plan)


@settings(derandomize=True, max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(PARTS, st.sampled_from(["one", "two"]))
def test_any_strategy_of_the_language_is_drawn(parts: list[Json], where: str) -> None:
    plan = grown(parts, able(ENVIRONMENTS[where]()))
    if plan is not None:
        drawing = Planned(plan, keep(plan), ("en", "ko")).draw(lang="en,ko", formats="svg,md,json")
        assert all(drawing.files.values())


# --- what each part of the language means ----------------------------------------------------------------------------


def test_each_goes_through_its_values_and_numbers_their_rounds() -> None:
    steps = [{"do": [{"route": {"weights": {"a": "100 - w", "b": "w"}}}], "title": "Send {{ w }} %"}]
    text = described([{"do": [{"create": {"pool": "b"}}]}, {"repeat": {"each": {"w": "weights"}, "steps": steps}}])
    plan = planned(text, one_site(), parameters={"weights": "5 20 100"})
    check_plan(plan)
    assert [float(shares(step.after)["b@here"]) for step in plan.steps] == [0, 0.05, 0.2, 1]
    assert [(s.round.index, s.round.total) for s in plan.steps if s.round] == [(1, 3), (2, 3), (3, 3)]
    assert dict(plan.parameters)["weights"] == "5 %, 20 %, 100 %"


def test_when_decides_whether_a_step_takes_place_and_rounds_count_those_that_do() -> None:
    steps = [
        {"do": [{"observe": {"for": "1m"}}]},
        {"do": [{"observe": {"for": "2m"}}], "when": "w > 20"},
        {"do": [{"observe": {"for": "3m"}}]},
    ]
    plan = planned(described([{"repeat": {"each": {"w": [10, 50]}, "steps": steps}}]), one_site())
    assert [step.in_round for step in plan.steps] == [(1, 2), (2, 2), (1, 3), (2, 3), (3, 3)]
    assert [step.duration.seconds for step in plan.steps] == [60, 180, 60, 120, 180]


@pytest.mark.parametrize(
    ("when", "placement", "count"),
    [
        ("placement == 'both'", "both", 2),
        ("placement == 'both'", "across", 0),
        ("environment == 'two'", "both", 2),
        ("sites == 2 and site_number == 2", "both", 1),
        ("service.affinity or not service.database", "both", 0),
        ("service.replicas >= 4 and replicas == 2", "both", 2),
    ],
)
def test_when_knows_the_place_and_the_service(when: str, placement: str, count: int) -> None:
    text = described([{"do": [{"observe": {"for": "1m"}}]}, {"do": [{"observe": {"for": "1h"}}], "when": when}])
    plan = planned(text, two_sites(), placement=placement, service=Service(replicas=4))
    assert sum(step.duration.seconds == 3600 for step in plan.steps) == count


def test_times_may_be_expressions_and_texts_say_them() -> None:
    step = {"do": [{"observe": {"for": "bake * 2"}}], "checks": [{"auto": "x", "for": "bake", "success": "{{ bake }}"}]}
    plan = planned(described([step]), one_site(), parameters={"bake": "90s"})
    assert (plan.steps[0].duration.seconds, plan.steps[0].checks[0].seconds) == (180, 90)
    from drawdeploy.words import Words

    assert plan.steps[0].checks[0].success is not None
    assert [Words(lang).say(plan.steps[0].checks[0].success) for lang in ("en", "ko")] == [
        "1\u00a0min\u00a030\u00a0s",
        "1분\u00a030초",
    ]


def test_a_rule_takes_its_part_off_first() -> None:
    text = described(
        [
            {"do": [{"create": {"pool": "b", "count": 1}}]},
            {"do": [{"match": {"pool": "b", "rule": "cookie group=b", "percent": "share"}}]},
            {"do": [{"create": {"pool": "c", "count": 1}}, {"route": {"weights": {"a": 75, "c": 25}}}]},
            {"do": [{"match": {"pool": "b", "off": True}}]},
        ]
    )
    plan = planned(text, able(one_site()), parameters={"share": "20"})
    check_plan(plan)
    part = [{name: float(share) for name, share in shares(step.after).items()} for step in plan.steps]
    assert part[1] == {"a@here": 0.8, "b@here": 0.2, "c@here": 0}
    assert part[2] == {"a@here": 0.6, "b@here": 0.2, "c@here": 0.2}
    assert part[3] == {"a@here": 0.75, "b@here": 0, "c@here": 0.25}
    assert plan.steps[1].moves[0].seconds == 5, "the router takes its time"


def test_mirrored_requests_are_load_and_no_exposure() -> None:
    text = described([{"do": [{"create": {"pool": "b"}}]}, {"do": [{"mirror": {"pool": "b", "percent": 50}}]}])
    plan = planned(text, able(one_site()))
    check_plan(plan)
    [route] = [route for route in plan.steps[1].after.routes if route.kind is RouteKind.MIRROR]
    assert (route.source, route.target, float(route.weight)) == ("lb-here", "b@here", 0.5)
    figures = keep(plan).steps[1]
    assert (figures.after.exposure, float(figures.after.mirrored)) == (0, 0.5)


def test_flags_begin_off_and_go_off_first_on_the_way_back() -> None:
    update = {"update": {"pool": "a", "count": 1}}
    text = described(
        [
            {"repeat": {"until": "a.old == 0", "steps": [{"do": [update]}]}},
            {"do": [{"flag": {"name": "cart", "percent": 10}}]},
        ]
    )
    plan = planned(text, one_site())
    check_plan(plan)
    assert [float(figures.after.exposure) for figures in keep(plan).steps] == [0, 0, 0, 0.1]
    contain, restore = plan.steps[-1].rollback.stages
    assert [move.verb for move in contain.moves] == [Verb.FLAG]
    assert [(move.verb, move.numbers, move.value) for move in restore.moves] == [(Verb.UPDATE, (1, 2, 3), "old")]


def test_what_cannot_be_undone_has_no_way_back_from_there_on() -> None:
    text = described(
        [
            {"do": [{"create": {"pool": "b"}}, {"route": {"weights": {"b": 100}}}]},
            {"do": [{"remove": {"pool": "a"}}], "irreversible": {"en": "Gone", "ko": "없음"}},
            {"do": [{"observe": {"for": "1m"}}]},
        ]
    )
    plan = planned(text, one_site())
    check_plan(plan)
    none = RollbackKind.NONE
    assert [step.rollback.kind for step in plan.steps] == [RollbackKind.DERIVED, none, none]
    assert plan.steps[2].rollback.summary.text is not None
    assert plan.steps[2].rollback.summary.text.en == "Gone"


def test_contract_is_the_end_of_every_way_back() -> None:
    text = described(
        [
            {"do": [{"migrate": {"phase": "expand", "for": "5m"}}, {"create": {"pool": "b"}}]},
            {"do": [{"route": {"weights": {"b": 100}}}, {"migrate": {"phase": "switch"}}]},
            {"do": [{"migrate": {"phase": "contract"}}]},
        ]
    )
    plan = planned(text, one_site())
    check_plan(plan)
    assert [step.after.schema for step in plan.steps] == ["expand", "switch", "contract"]
    assert plan.steps[0].duration.seconds == 360
    back = [(move.verb, move.value) for move in plan.steps[1].rollback.stages[1].moves if move.verb is Verb.MIGRATE]
    assert back == [(Verb.MIGRATE, phase) for phase in ("switch", "dual-write", "expand")]
    assert plan.steps[2].rollback.summary.key == "expand.rollback.contracted"
    with pytest.raises(DrawDeployError, match="shop has no database to migrate"):
        planned(text, one_site(), service=Service(database=False))


def test_services_are_named_pointers_and_point_back() -> None:
    bind = [{"bind": {"service": name, "pool": "b"}} for name in ("preview", "active")]
    text = described(
        [{"do": [{"create": {"pool": "b"}}, bind[0]]}, {"do": [{"route": {"weights": {"b": 100}}}, bind[1]]}]
    )
    plan = planned(text, two_sites(), placement="both")
    check_plan(plan)
    assert plan.begin.services == tuple(
        (name, pool) for pool in ("a@cloud", "a@home") for name in ("preview", "active")
    )
    assert dict(plan.steps[1].after.services[:2]) == {"preview": "b@cloud", "active": "b@cloud"}


def test_an_own_rollback_is_carried_out_and_its_faults_have_a_place() -> None:
    route = {"route": {"weights": {"b": 100}}}
    back = {"text": "Back to {{ old }}", "do": [{"route": {"weights": {"a": 100}}}, {"remove": {"pool": "b"}}]}
    plan = planned(described([{"do": [{"create": {"pool": "b"}}, route], "rollback": back}]), one_site())
    check_plan(plan)
    rollback = plan.steps[0].rollback
    assert rollback.kind is RollbackKind.OVERRIDE
    assert [[move.verb for move in stage.moves] for stage in rollback.stages] == [[Verb.ROUTE], [Verb.REMOVE]]
    bad = described(
        [
            {
                "do": [{"create": {"pool": "b"}}, route],
                "rollback": {"do": [{"remove": {"pool": "a"}}, {"remove": {"pool": "b"}}]},
            }
        ]
    )
    with pytest.raises(DrawDeployError, match="remove would end 3 instances of pool b that still serve") as caught:
        planned(bad, one_site())
    assert caught.value.faults[0].where


def test_an_outage_is_drawn_and_ends() -> None:
    text = described(
        [
            {"do": [{"route": {"weights": {"lost": 100}}}, {"remove": {"pool": "a"}}]},
            {"do": [{"create": {"pool": "b"}}, {"route": {"weights": {"b": 100}}}]},
        ]
    )
    plan = planned(text, one_site(3))
    check_plan(plan)
    assert [float(figures.after.lost) for figures in keep(plan).steps] == [1, 0]
    assert plan.warnings == () or all("overflow" not in w.message.key for w in plan.warnings), (
        "never two versions at once"
    )


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("weights", "50, 10", "does not rise"),
        ("weights", "", "no step is given"),
        ("weights", "0", "is not from 1 to 100 percent"),
        ("weights", "12.5", "is not a whole percentage"),
        ("share", "51", "51 is not from 1 to 50 percent"),
        ("share", "9" * 40, "is not from 1 to 50 percent"),
        ("bake", "soon", "'soon' is not a time"),
        ("bake", "2h", "2h is not from"),
        ("mode", "cokie", "unknown choice 'cokie'"),
        ("batch", "0", "0 is too small"),
    ],
)
def test_parameters_keep_to_their_bounds(name: str, given: str, message: str) -> None:
    with pytest.raises(DrawDeployError, match=message) as caught:
        planned(described([{"do": [{"observe": {"for": "1m"}}]}]), one_site(), parameters={name: given})
    assert caught.value.faults[0].hint


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"type": "percent", "default": 60, "max": 50}, "the default 60 is more than the most"),
        ({"type": "percent", "default": 101}, "the default 101 is more than 100 percent"),
        ({"type": "steps", "default": "10, 5"}, "the default 10, 5 does not rise"),
        ({"type": "steps", "default": "a"}, "the default 'a' is no list of numbers"),
        ({"type": "duration", "default": "soon"}, "'default' must be a time"),
        ({"type": "choice", "default": "x", "choices": ["y", "z"]}, "unknown choice 'x'"),
        ({"type": "choice", "default": "x"}, "'choices' is missing"),
        ({"type": "count", "default": 3, "min": 5, "max": 2}, r"the most \(2\) is less than the least \(5\)"),
        ({"type": "count", "default": 3, "choices": ["x"]}, "unknown key 'choices' in a parameter of type 'count'"),
    ],
)
def test_a_parameter_that_cannot_be(parameter: Json, message: str) -> None:
    text = described(
        [{"do": [{"observe": {"for": "1m"}}]}], parameters={**PARAMETERS, "odd": {**parameter, "help": "h"}}
    )
    with pytest.raises(DrawDeployError, match=message):
        read_strategy(text, "f.yaml")


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([{"do": [{"route": {"weights": {"b": 100}}}]}], "the pool 'b' is routed to before it is created"),
        ([{"do": [{"mirror": {"pool": "a", "off": True}}]}], "'mirror' of the pool 'a' ends before it begins"),
        (
            [{"do": [{"migrate": {"phase": "switch"}}, {"migrate": {"phase": "expand"}}]}],
            "the schema goes back from 'switch' to 'expand'",
        ),
        (
            [{"do": [{"migrate": {"phase": "expand", "off": True}}]}],
            "a phase of the schema is undone in a rollback only",
        ),
        ([{"do": [{"route": {"weights": {"a": 60, "lost": 30}}}]}], "the weights add up to 90"),
        ([{"do": [{"flag": {"name": "cart"}}]}], "'percent' is missing"),
        ([{"do": [{"match": {"pool": "a", "percent": 5}}]}], "'rule' is missing"),
        ([{"do": [{"observe": {"for": "10 minutes"}}]}], "'for' must be a time"),
        ([{"do": [{"observe": {"for": "bkae"}}]}], "unknown name 'bkae'"),
        ([{"do": [{"observe": {"for": "1m"}}], "when": "service.afinity"}], "'service.afinity' is unknown"),
        ([{"do": [{"observe": {"for": "1m"}}], "irreversible": "x", "rollback": "y"}], "what is irreversible has no"),
        ([{"repeat": {"steps": [{"do": [{"observe": {"for": "1m"}}]}]}}], "a loop has either 'until' or 'each'"),
        (
            [{"repeat": {"each": {"w": "weights", "v": "weights"}, "steps": [{"do": [{"observe": {"for": "1m"}}]}]}}],
            "'each' gives one name",
        ),
        (
            [{"repeat": {"each": {"w": ["x"]}, "steps": [{"do": [{"observe": {"for": "1m"}}]}]}}],
            "the list of 'each' holds whole numbers",
        ),
    ],
)
def test_what_can_be_seen_to_be_impossible_is_told_before_anything_is_worked_out(
    steps: list[Json], message: str
) -> None:
    with pytest.raises(DrawDeployError) as caught:
        read_strategy(described(steps), "f.yaml")
    assert any(message in fault.message for fault in caught.value.faults), caught.value
