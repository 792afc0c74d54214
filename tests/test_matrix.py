"""The whole matrix: every strategy in every environment and placement, as numbers; a pairwise sample of it as pictures.

The golden files hold no words, so that only a change of what happens changes them. Write them anew, and read what
differs, with `DRAWDEPLOY_GOLDEN=write pytest -n0 tests/test_matrix.py`.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import pictures
import test_pictures_text as readable
from drawdeploy.api.planned import Planned
from drawdeploy.describe import environment_names, load_environment, load_strategy, strategy_names
from drawdeploy.errors import DrawDeployError
from drawdeploy.expand import expand
from drawdeploy.ledger import keep
from drawdeploy.model import Service
from drawdeploy.words import LANGUAGES

GOLDEN = Path(__file__).parent / "golden" / "matrix"
WRITE = os.environ.get("DRAWDEPLOY_GOLDEN") == "write"
Json = dict[str, Any]

# --- as numbers ------------------------------------------------------------------------------------------------------


def placements(environment: str) -> list[str]:
    return [placement.id for placement in load_environment(environment, Service()).placements]


def in_short(strategy: str, environment: str, placement: str) -> Json:
    """A plan as numbers, from its `plan.json`, or why there is none."""
    service = Service(replicas=4)
    try:
        plan = expand(load_strategy(strategy), load_environment(environment, service), service, placement=placement)
    except DrawDeployError as error:
        return {"refused": error.faults[0].message}
    told = json.loads(Planned(plan, keep(plan), ("en",)).json())
    totals = told["totals"]
    return {
        "outcome": told["outcome"],
        "time": _time(totals["duration"]),
        "lowest": totals["lowest_serving"],
        "peak": totals["peak_running"],
        "begin": _pools(told["begin"]["state"]),
        "steps": [_step(step) for step in told["steps"]],
    }


def _step(step: Json) -> Json:
    back = step["rollback"]
    return {
        "id": step["id"],
        "do": _moves(step["moves"]),
        "time": _time(step["duration"]),
        "pools": _pools(step["state"]),
        "exposed": step["figures"]["exposure"],
        "back": [back["kind"], *([_moves(one["moves"]), _time(one["duration"])] for one in back["stages"])],
    }


def _moves(moves: list[Json]) -> str:
    return ", ".join(
        " ".join(str(move[key]) for key in ("verb", "pool", "instances") if move.get(key)) for move in moves
    )


def _pools(state: Json) -> Json:
    return {
        name: " ".join(f"{count} {phase}" for phase, count in pool.items()) for name, pool in state["pools"].items()
    }


def _time(duration: Json) -> str:
    return f"{duration['seconds']} s" + f" + {duration['approvals']} approvals" * bool(duration["approvals"])


def dumps(plans: dict[str, Json]) -> str:
    """JSON with a line for each step."""
    places = []
    for place, plan in plans.items():
        steps = ",\n".join(f"   {json.dumps(step, ensure_ascii=False)}" for step in plan.get("steps", ()))
        head = json.dumps({key: value for key, value in plan.items() if key != "steps"}, ensure_ascii=False)
        whole = f'{head[:-1]}, "steps": [\n{steps}]}}' if steps else head
        places.append(f" {json.dumps(place)}: {whole}")
    return "{\n" + ",\n".join(places) + "\n}\n"


@pytest.mark.parametrize("strategy", strategy_names())
def test_golden_plans_of_the_whole_matrix(strategy: str) -> None:
    found = {
        f"{environment} {placement}": in_short(strategy, environment, placement)
        for environment in environment_names()
        for placement in placements(environment)
    }
    file = GOLDEN / f"{strategy}.json"
    if WRITE:
        file.parent.mkdir(exist_ok=True)
        file.write_text(dumps(found), encoding="utf-8")
    assert json.loads(file.read_text(encoding="utf-8")) == found, f"{file.name} differs; see the top of this file"


# --- as pictures -----------------------------------------------------------------------------------------------------

SIZES = (3, 12, 2, 60, 6)


@cache
def possible(strategy: str, environment: str, placement: str, replicas: int) -> bool:
    service = Service(replicas=replicas)
    try:
        expand(load_strategy(strategy), load_environment(environment, service), service, placement=placement)
    except DrawDeployError:
        return False
    return True


def sample() -> Iterator[pictures.Case]:
    """Every strategy in every environment and placement that it goes with; each of them in every size and look."""
    sizes, looks = itertools.cycle(SIZES), itertools.cycle(itertools.product(LANGUAGES, ("light", "dark")))
    for strategy in strategy_names():
        batch = "25%" if strategy == "rollout" else ""
        for environment in environment_names():
            for placement in placements(environment):
                fitting = [
                    n for n in itertools.islice(sizes, len(SIZES)) if possible(strategy, environment, placement, n)
                ]
                next(sizes)  # the next begins with another one
                if fitting:
                    yield pictures.Case(strategy, environment, placement, fitting[0], *next(looks), batch)


@pytest.mark.parametrize("case", list(sample()), ids=str)
def test_a_sample_of_the_matrix_is_drawn_well(case: pictures.Case) -> None:
    readable.test_text_is_large_enough(case)
    readable.test_text_is_inside_the_picture_and_inside_what_it_stands_in(case)
    readable.test_no_text_is_cut(case)
    readable.test_no_text_on_another(case)
    readable.test_nothing_is_drawn_over_a_text(case)
    readable.test_no_text_on_an_icon(case)
    readable.test_no_line_through_a_text(case)
