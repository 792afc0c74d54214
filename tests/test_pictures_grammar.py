"""Every phase, route and change has a shape or a word of its own, and the legend says which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawdeploy import ledger
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Instance, Phase, Plan, Pool, Route, RouteKind, State, Step
from drawdeploy.picture import frames, layout, moments, overview, parts, scene
from drawdeploy.picture.canvas import Canvas
from drawdeploy.picture.frames import Frame
from drawdeploy.picture.moments import Moment
from drawdeploy.picture.theme import THEMES, Theme
from drawdeploy.words import Words, names
from pictures import ALL, Case, Mark, drawn, frame, marks, planned, texts

LIGHT, EN = THEMES["light"], Words("en")
PLAIN = Case("bluegreen", "plain", "single")


def painted(case: Case, after: State, before: State | None = None, detail: scene.Detail = scene.FULL) -> Frame:
    """A scene in a moment that no plan of ours may ever reach."""
    plan = planned(case)[0]
    place = layout.place(scene.build(plan, [EN], detail))
    canvas = Canvas(LIGHT)
    parts.draw(canvas, place, Moment(before or after, after), EN, set())
    return Frame("made-up", "step", 1, round(place.width), round(place.height), canvas.body, "", "", ())


def with_phases(state: State, pool_id: str, *phases: Phase) -> State:
    """The state with a pool's instances in other phases."""
    pool = state.pool(pool_id)
    slots = tuple(
        Instance(slot.number, slot.revision, phase) for slot, phase in zip(pool.instances, phases, strict=True)
    )
    changed = Pool(pool.id, pool.role, pool.revision, pool.site, slots)
    return State(tuple(changed if p.id == pool_id else p for p in state.pools), state.routes)


# --- phases ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """How a phase is drawn: the line of its plate, and what else is there."""

    line: str
    width: str
    dashed: bool = False
    hatched: bool = False
    word: str = ""
    crossed: int = 0
    dim: bool = False


OLD = LIGHT.revisions["old"]
LOOKS = {
    Phase.SERVING: Look(OLD.line, "2.2"),
    Phase.READY: Look(OLD.line, "1", word="ready"),
    Phase.STANDBY: Look(LIGHT.edge, "1.2", hatched=True, word="standby", dim=True),
    Phase.STARTING: Look(LIGHT.tag, "1.6", dashed=True, word="starting"),
    Phase.STOPPING: Look(LIGHT.edge, "1.4", dashed=True, word="stopping", dim=True),
    Phase.FAILED: Look(LIGHT.red, "2.4", word="failed", crossed=2),
}


def instance_marks(one: Frame, name: str) -> list[Mark]:
    return [mark for mark in marks(one) if mark.of("instance") == name]


@pytest.mark.parametrize("phase", LOOKS)
def test_every_phase_has_a_look_of_its_own(phase: Phase) -> None:
    begin = planned(PLAIN)[0].begin
    pool = begin.pools[0].id
    state = with_phases(begin, pool, Phase.SERVING, phase, Phase.SERVING)
    found = instance_marks(painted(PLAIN, state), f"instance:{pool}:2")
    look, plate = LOOKS[phase], found[0]
    assert (plate.attributes["stroke"], plate.attributes["stroke-width"]) == (look.line, look.width)
    assert ("stroke-dasharray" in plate.attributes) == look.dashed
    assert any(mark.fill == "url(#hatch-light)" for mark in found) == look.hatched
    assert [mark.text for mark in found if mark.kind == "text"] == ["blue-2", *([look.word] if look.word else [])]
    assert sum(mark.kind == "path" for mark in found) == look.crossed
    (icon,) = [mark for mark in found if mark.kind == "use"]
    assert ("opacity" in icon.attributes) == look.dim


def test_no_two_phases_look_alike_without_colour() -> None:
    """In black and white, and without a word: by outline, hatching, crosses and fading."""
    shapes = [(look.width, look.dashed, look.hatched, look.crossed) for look in LOOKS.values()]
    assert len(set(shapes)) == len(shapes)


@pytest.mark.parametrize("replicas", [3, 6], ids=["cells", "slots"])
def test_what_went_is_a_ghost_in_that_step_and_an_empty_frame_later(replicas: int) -> None:
    case = replace(PLAIN, replicas=replicas)
    begin = planned(case)[0].begin
    pool = begin.pools[0].id
    rest = [Phase.SERVING] * (replicas - 1)
    after = with_phases(begin, pool, *rest, Phase.REMOVED)
    name = f"instance:{pool}:{replicas}"
    ghost = instance_marks(painted(case, after, begin), name)
    assert ghost[0].attributes["stroke-dasharray"] == "4 4" and ghost[0].fill == "none"
    assert [mark.attributes.get("text-decoration") for mark in ghost if mark.kind == "text"] == ["line-through"]
    assert [mark.kind for mark in ghost].count("path") == 1
    later = painted(case, after)
    assert instance_marks(later, name) == []
    # What was removed is not planned: its place stays empty.
    assert not [
        m for m in marks(later) if m.attributes.get("stroke-dasharray") == "3 4" and m.of("pool").endswith(pool)
    ]


@pytest.mark.parametrize("replicas", [1, 3, 12, 200])
def test_planned_is_an_empty_frame_with_a_count_and_no_ghosts(replicas: int) -> None:
    one = frame(drawn(replace(PLAIN, replicas=replicas)), "00-start")
    green = [mark for mark in marks(one) if mark.of("pool").startswith("pool:green")]
    assert [mark.text for mark in green if mark.kind == "text"] == ["Green · v2", f"0 / {replicas}"]
    rects = [mark for mark in green if mark.kind == "rect"]
    assert len(rects) == 2
    assert all("stroke-dasharray" in mark.attributes for mark in rects)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_stacks_tell_counts_and_changes(lang: str) -> None:
    """Each phase at its place, by how much it changed, and a bar in proportion."""
    words = Words(lang)
    serving, standby, ready = (words.get(f"picture.phase.{phase}") for phase in ("serving", "standby", "ready"))
    case = replace(PLAIN, replicas=200)
    plan = planned(case)[0]
    pool = plan.begin.pools[0].id
    after = with_phases(plan.begin, pool, *[Phase.SERVING] * 150, *[Phase.READY] * 50)
    place, canvas = layout.place(scene.build(plan, [EN], scene.FULL)), Canvas(LIGHT)
    parts.draw(canvas, place, Moment(plan.begin, after), words, set())
    one = Frame("made-up", "step", 1, 0, 0, canvas.body, lang, "", ())
    blue = [mark for mark in marks(one) if mark.of("pool") == f"pool:{pool}"]
    said = [mark.text for mark in blue if mark.kind == "text"]
    assert said[2:-1] == ["150", "−50", serving, "0", standby, "50", "+50", ready]
    bar = [mark.box.width for mark in blue if mark.kind == "rect"][-3:-1]
    assert bar[0] == pytest.approx(3 * bar[1], rel=0.01)


# --- routes ----------------------------------------------------------------------------------------------------------


def with_weights(state: State, old: Fraction) -> State:
    """The state with live traffic divided between the first pool and the second."""
    weights = dict(zip((pool.id for pool in state.pools), (old, 1 - old), strict=True))
    routes = tuple(Route(r.source, r.target, r.kind, weights.get(r.target, r.weight), r.rule) for r in state.routes)
    return State(state.pools, routes)


def all_serving() -> State:
    begin = planned(PLAIN)[0].begin
    return with_phases(begin, begin.pools[1].id, *[Phase.SERVING] * 3)


def route_marks(one: Frame, target: str) -> list[Mark]:
    return [mark for mark in marks(one) if mark.of("route").endswith(f":{target}") and mark.kind == "path"]


def test_a_live_route_is_as_thick_as_its_weight() -> None:
    state = all_serving()
    blue = state.pools[0].id
    drawn_ = [painted(PLAIN, with_weights(state, Fraction(part, 10))) for part in range(1, 11)]
    widths = [float(route_marks(one, blue)[0].attributes["stroke-width"]) for one in drawn_]
    assert all(less < more for less, more in pairwise(widths))
    assert all("stroke-dasharray" not in route_marks(one, blue)[0].attributes for one in drawn_)
    for part, one in enumerate(drawn_, 1):
        assert {f"{10 * part}\u00a0%", f"{100 - 10 * part}\u00a0%"} == {
            t.text for t in texts(one) if t.text.endswith("0\u00a0%") and t.of("weight")
        }


def test_a_route_without_traffic_is_thin_dashed_and_says_so() -> None:
    one = painted(PLAIN, with_weights(all_serving(), Fraction(0)))
    blue, green = (route_marks(one, pool.id)[0].attributes for pool in all_serving().pools)
    assert blue["stroke-dasharray"] and blue["stroke"] == LIGHT.edge
    assert "stroke-dasharray" not in green
    assert float(blue["stroke-width"]) < float(green["stroke-width"])
    assert {"0\u00a0%", "100\u00a0%"} <= {mark.text for mark in texts(one) if mark.of("weight")}


def test_a_route_to_nothing_is_faint_and_says_nothing() -> None:
    begin = planned(PLAIN)[0].begin
    one = painted(PLAIN, begin)
    assert route_marks(one, begin.pools[1].id)[0].attributes["stroke"] == LIGHT.faint
    assert "0\u00a0%" not in {mark.text for mark in texts(one) if mark.of("weight")}


@pytest.mark.parametrize("case", ALL, ids=str)
def test_test_traffic_has_a_colour_a_dash_and_a_word(case: Case) -> None:
    """Wherever a state has a test route, and only there."""
    plan, theme = planned(case)[0], THEMES[case.theme]
    word = Words(case.lang).get("picture.test")
    for one in drawn(case).frames:
        if one.kind != "step":
            continue
        state = plan.steps[one.number - 1].after
        tested = {f"test:{route.target}" for route in state.routes if route.kind is RouteKind.TEST}
        found = [mark for mark in marks(one) if mark.of("test")]
        assert {mark.of("test") for mark in found} == tested
        for name in tested:
            own = [mark for mark in found if mark.of("test") == name]
            line = next(mark for mark in own if mark.kind == "path")
            assert line.attributes["stroke"] == theme.violet
            assert line.attributes["stroke-dasharray"]
            assert [mark.text for mark in own if mark.kind == "text"] == [word]


# --- what changed ----------------------------------------------------------------------------------------------------


def expected_tag(before: State, after: State, pool_id: str) -> str:
    was, now = before.pool(pool_id).instances, after.pool(pool_id).instances
    kinds = set()
    for a, b in zip(was, now, strict=True):
        if (a.phase, a.generation) == (b.phase, b.generation):
            continue
        came, went = b.phase.running and not a.phase.running, a.phase.running and not b.phase.running
        kinds.add("new" if came else "gone" if went else "changed")
    if len(kinds) != 1:
        return "changed" if kinds else ""
    kind = kinds.pop()
    # A pool of which only a part came or went says how many.
    beside = {"new": was, "gone": now}.get(kind, ())
    if any(instance.phase.running for instance in beside):
        count = sum(a.phase.running != b.phase.running for a, b in zip(was, now, strict=True))
        return f"{count} {kind}"
    return kind


@pytest.mark.parametrize("case", ALL, ids=str)
def test_what_changed_is_marked_and_nothing_else(case: Case) -> None:
    plan, theme, words = planned(case)[0], THEMES[case.theme], Words(case.lang)
    tags = {words.get(f"picture.tag.{kind}"): kind for kind in ("new", "changed", "gone")}
    for tag, kind in list(tags.items()):
        tags |= {words.get("picture.tag.some", n=n, tag=tag): f"{n} {kind}" for n in range(1, 201)}
    for one in drawn(case).frames:
        if one.kind not in {"start", "step"}:
            continue
        step = plan.steps[one.number - 1] if one.number else None
        before, after = (step.before, step.after) if step else (plan.begin, plan.begin)
        changed = {f"pool:{p.id}": t for p in after.pools if (t := expected_tag(before, after, p.id))}
        # Somebody changes a node's weights only where there is something to choose.
        was, now = (
            {(r.source, r.target): r.weight for r in state.routes if r.kind is RouteKind.LIVE}
            for state in (before, after)
        )
        sources = [source for source, _ in now]
        changed |= {
            f"node:{source}": "changed"
            for (source, target), weight in now.items()
            if sources.count(source) > 1 and was[source, target] != weight
        }
        tagged = [mark for mark in texts(one) if mark.parts and mark.parts[-1].startswith(("pool:", "node:"))]
        found = {mark.parts[-1]: tags[mark.text] for mark in tagged if mark.text in tags}
        assert found == changed, one.name
        assert all(mark.fill == theme.on_tag for mark in tagged if mark.text in tags)
        halos = [
            mark for mark in marks(one) if mark.attributes.get("stroke") == theme.halo and mark.parts != ("legend",)
        ]
        assert bool(halos) == bool(changed), one.name


# --- legend ----------------------------------------------------------------------------------------------------------


def upto(mark: Mark, kind: str) -> tuple[str, ...]:
    """The parts that a mark is in, down to that of a kind."""
    return mark.parts[: mark.parts.index(mark.of(kind)) + 1]


def kinds_drawn(one: Frame, theme: Theme) -> set[str]:
    """What a legend has to explain, told from nothing but what was drawn."""
    lines = {shade.line for shade in theme.revisions.values()}
    pools = [mark for mark in marks(one) if mark.of("pool") and mark.kind == "rect"]
    frames_ = {upto(mark, "pool"): mark.order for mark in reversed(pools)}.values()  # the first of each is its frame
    inner = [mark for mark in pools if mark.order not in frames_]

    def stroked(colour: str | set[str], *widths: str, dash: str = "") -> bool:
        wanted = {colour} if isinstance(colour, str) else colour
        return any(
            mark.attributes.get("stroke") in wanted
            and mark.attributes["stroke-width"] in widths
            and mark.attributes.get("stroke-dasharray", "") == dash
            for mark in inner
        )

    routes = [mark for mark in marks(one) if mark.of("route") and "stroke" in mark.attributes]
    signs: dict[str, Callable[[], bool]] = {
        "live-old": lambda: any(mark.attributes["stroke"] == theme.revisions["old"].line for mark in routes),
        "live-new": lambda: any(mark.attributes["stroke"] == theme.revisions["new"].line for mark in routes),
        "live-both": lambda: any(mark.attributes["stroke"] == theme.ink for mark in routes),
        "zero": lambda: any(
            mark.attributes["stroke"] == theme.edge and "stroke-dasharray" in mark.attributes for mark in routes
        ),
        # In an overview, the word "test" stands on the pool itself.
        "test": lambda: one.kind != "overview" and any(mark.of("test") for mark in marks(one)),
        "writes": lambda: any(mark.of("writes") for mark in marks(one)),
        "link": lambda: any(mark.of("link") for mark in marks(one)),
        "serving": lambda: stroked(lines, "2.2") or any(mark.fill in lines for mark in inner),
        "ready": lambda: stroked(lines, "1", "1.4"),
        "standby": lambda: any(mark.fill.startswith("url(#hatch-") for mark in inner),
        "planned": lambda: stroked(theme.edge, "1", dash="3 4") or stroked(theme.faint, "1.2", dash="4 4"),
        "removed": lambda: stroked(theme.edge, "1.2", dash="4 4"),
        "since" if one.kind == "overview" else "changed": lambda: any(
            mark.attributes.get("stroke") == theme.halo and mark.parts != ("legend",) for mark in marks(one)
        ),
        "over": lambda: any(mark.of("site") and mark.fill == theme.red for mark in marks(one)),
    }
    return {name for name, sign in signs.items() if sign()}


def legend_of(one: Frame, words: Words, theme: Theme) -> set[str]:
    said = {words.get(f"picture.legend.{name}"): name for name in frames.chrome.ORDER}
    return {said[t.text] for t in texts(one) if t.text in said and t.parts == ("legend",) and t.fill == theme.soft}


@pytest.mark.parametrize("case", ALL, ids=str)
def test_the_legend_explains_what_is_drawn_and_no_more(case: Case) -> None:
    words, theme = Words(case.lang), THEMES[case.theme]
    for one in drawn(case).frames:
        assert legend_of(one, words, theme) == kinds_drawn(one, theme), one.name


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("00-start", {"live-old", "serving", "planned"}),
        ("01-create-and-test", {"live-old", "zero", "test", "serving", "ready", "changed"}),
        ("02-switch-traffic", {"live-new", "zero", "serving", "standby", "changed"}),
        ("03-watch", {"live-new", "zero", "serving", "standby"}),
        ("04-remove-old", {"live-new", "serving", "removed", "changed"}),
    ],
)
def test_legends_of_the_assignment(name: str, kinds: set[str]) -> None:
    assert legend_of(frame(drawn(PLAIN), name), EN, LIGHT) == kinds


# --- capacity --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("replicas", [1, 3, 6, 12, 200])
@pytest.mark.parametrize("missing", [0, 1, 2])
def test_overflow_is_marked_from_one_too_many(replicas: int, missing: int) -> None:
    """With room for twice the replicas nothing is; with one less, one instance is, and only while both stand there."""
    missing = min(missing, replicas)
    case = Case("bluegreen", "private", "single", replicas, capacity=2 * replicas - missing)
    for one in drawn(case).frames:
        if one.kind not in {"start", "step"}:
            continue
        over = missing if one.number in (1, 2, 3) else 0
        site = [mark for mark in marks(one) if mark.parts[-1:] and mark.parts[-1].startswith("site:")]
        text = EN.get("picture.over", n=over, capacity=case.capacity)
        assert (text in {mark.text for mark in site}) == bool(over)
        assert (site[0].attributes["stroke"] == LIGHT.red) == bool(over)
        signs = [m for m in marks(one) if m.kind == "circle" and m.fill == LIGHT.red and m.of("pool")]
        assert len(signs) == (over if replicas <= 12 else 0), one.name
        assert ("over" in legend_of(one, EN, LIGHT)) == bool(over)


# --- numbers ---------------------------------------------------------------------------------------------------------

WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(WEIGHTS)
def test_percents_add_up_and_hide_nothing(parts_: list[int]) -> None:
    weights = [Fraction(part, sum(parts_)) for part in parts_]
    whole = moments.percents(weights)
    assert sum(whole) == 100
    assert all((value > 0) == (weight > 0) for value, weight in zip(whole, weights, strict=True))
    assert all(value < 100 or weight == 1 for value, weight in zip(whole, weights, strict=True))
    if all(weight == 0 or weight >= Fraction(1, 100) for weight in weights):
        assert all(abs(value - weight * 100) < 1 for value, weight in zip(whole, weights, strict=True))


def test_percents_of_what_gets_nothing() -> None:
    assert moments.percents([Fraction(0), Fraction(0)]) == [0, 0]
    assert moments.percents([Fraction(1, 3)] * 3) == [34, 33, 33]
    assert moments.percents([Fraction(999, 1000), Fraction(1, 1000)]) == [99, 1]


@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.lists(st.integers(0, 9), min_size=1, max_size=3).filter(any)), min_size=1)
)
def test_a_share_is_the_product_along_the_way(tree: list[tuple[int, list[int]]]) -> None:
    total = sum(weight for weight, _ in tree)
    upper = [Fraction(weight, total) if total else Fraction(int(not i)) for i, (weight, _) in enumerate(tree)]
    routes = [Route("users", "gslb", RouteKind.LIVE, Fraction(1))]
    routes += [Route("gslb", f"lb{i}", RouteKind.LIVE, part) for i, part in enumerate(upper)]
    expected = {}
    for i, (_, below) in enumerate(tree):
        for j, weight in enumerate(below):
            part = Fraction(weight, sum(below)) if upper[i] else Fraction(0)
            routes.append(Route(f"lb{i}", f"pool{i}.{j}", RouteKind.LIVE, part))
            expected[f"pool{i}.{j}"] = upper[i] * part
    routes.append(Route("tester", "pool0.0", RouteKind.TEST))
    state = State(tuple(Pool(name, "old", "old", "here", ()) for name in expected), tuple(routes))
    found = ledger.flows(state)
    assert {name: share for name, share in found.items() if name.startswith("pool")} == expected
    assert found["users"] == found["gslb"] == 1
    assert ledger.shares(state) == expected


# --- which steps -----------------------------------------------------------------------------------------------------

ROLLOUT = Case("rollout", "plain", "single")
TEN = replace(ROLLOUT, replicas=10)


def numbers(steps: list[Step]) -> list[int]:
    return [step.number for step in steps]


def test_the_first_round_in_full_then_the_end_of_each() -> None:
    plan = planned(ROLLOUT)[0]
    assert numbers(frames.chosen_steps(plan)) == [1, 2, 3, 4, 8, 12]
    assert numbers(frames.chosen_steps(plan, every_step=True)) == list(range(1, 13))
    assert numbers(frames.chosen_steps(plan, [7, 2, 7])) == [2, 7]
    assert numbers(frames.chosen_steps(plan, [])) == []


@pytest.mark.parametrize("wrong", [0, -1, 13])
def test_a_step_that_is_not_there(wrong: int) -> None:
    with pytest.raises(DrawDeployError, match=f"no step {wrong}") as caught:
        frames.chosen_steps(planned(ROLLOUT)[0], [1, wrong])
    assert "1 to 12" in caught.value.faults[0].hint


def test_ten_rounds_stay_readable() -> None:
    sheets = drawn(TEN)
    steps = [one.name for one in sheets.frames if one.kind == "step"]
    assert steps[:5] == ["01-create", "02-shift", "03-check", "04-remove-waiting", "08-remove-waiting"]
    assert steps[5:] == [f"{number}-remove-waiting" for number in range(12, 41, 4)]
    rollbacks = [one.name for one in sheets.frames if one.kind == "rollback"]
    assert rollbacks == [f"{name}.rollback" for name in steps]
    shown = {mark.parts[0] for mark in marks(sheets.frames[0]) if mark.parts and mark.parts[0].startswith("panel:")}
    assert {"panel:0", "panel:1", "panel:2", "panel:3", "panel:4", "panel:40"} < shown
    assert len(shown) == overview.MOST


@pytest.mark.parametrize("most", [1, 2, 3, 6])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 6, 7, 12, 40])
def test_thinning_keeps_the_order_the_beginning_and_the_end(count: int, most: int) -> None:
    steps = list(planned(TEN)[0].steps[:count])
    kept = overview.thinned(steps, most)
    assert len(kept) == min(count, most)
    assert numbers(kept) == sorted(set(numbers(kept)))
    if steps:
        assert kept[-1] is steps[-1]
    first = [step for step in steps if step.round and step.round.index == 1]
    if count > most > 1:
        assert kept[: min(len(first), most - 1)] == first[: most - 1]


@pytest.mark.parametrize("case", ALL, ids=str)
def test_an_overview_has_seven_panels_at_most(case: Case) -> None:
    one = drawn(case).frames[0]
    assert one.kind == "overview"
    shown = {mark.parts[0] for mark in marks(one) if mark.parts and mark.parts[0].startswith("panel:")}
    assert len(shown) <= overview.MOST
    assert str(len(shown)) in one.alt
    total = len(planned(case)[0].steps)
    assert f"panel:{total}" in shown and str(total) in one.alt


# --- alt texts -------------------------------------------------------------------------------------------------------


def pool_titles(plan: Plan, words: Words) -> list[str]:
    known = names(plan)
    return [words.text(known[pool.id]) for pool in plan.begin.pools]


@pytest.mark.parametrize("case", ALL, ids=str)
def test_every_picture_says_what_it_shows(case: Case) -> None:
    plan, words = planned(case)[0], Words(case.lang)
    known = names(plan)
    for one in drawn(case).frames:
        assert one.alt == one.alt.strip() and one.alt.endswith(".")
        assert "{" not in one.alt and "\n" not in one.alt
        if one.kind == "overview":
            continue
        if one.number:
            step = plan.steps[one.number - 1]
            assert str(one.number) in one.alt and str(len(plan.steps)) in one.alt
            assert words.say(step.title, known) in one.alt
        moved = one.kind != "rollback" or any(stage.moves for stage in plan.steps[one.number - 1].rollback.stages)
        assert [title for title in pool_titles(plan, words) if moved and title not in one.alt] == []


def test_alt_texts_of_the_assignment() -> None:
    sheets = drawn(PLAIN)
    assert frame(sheets, "02-switch-traffic").alt == (
        "Step 2 of 4: Switch traffic to green (v2). Blue: 3 standby · 0\u00a0%; Green: 3 serving · 100\u00a0%."
    )
    korean = frame(drawn(replace(PLAIN, lang="ko")), "00-start").alt
    assert "블루: " in korean and "100\u00a0%" in korean and "그린" in korean


def test_an_overview_of_some_steps_says_which() -> None:
    (one, *_) = frames.draw(*planned(PLAIN), lang="en", steps=[1, 2], rollbacks=False).frames
    assert one.alt.endswith("3 pictures, from the beginning to step 2.")
