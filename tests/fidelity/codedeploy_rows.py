"""Rows of CodeDeploy: configurations and minimum healthy hosts."""

from __future__ import annotations

from typing import Any

from drawdeploy.controllers.codedeploy import configs
from drawdeploy.controllers.codedeploy.tell import verdict
from drawdeploy.words import Words


def answer(file_stem: str, table: str, inputs: dict[str, Any]) -> Any:
    """What the product says to a row.

    Raises:
        LookupError: The table is not one of CodeDeploy's.
    """
    if file_stem != "codedeploy_configs":
        raise LookupError(file_stem)
    if inputs.get("instances") is not None:
        return _hosts(table, inputs)
    shifting = _shifting(inputs)
    return {"steps": [list(step) for step in configs.steps(shifting)]}


def _shifting(inputs: dict[str, Any]) -> configs.Shifting:
    known = configs.predefined(inputs.get("name") or "")
    if known is not None and known.shifting is not None:
        return known.shifting
    if inputs.get("type") is None:
        found = configs.asked_config(inputs["name"], inputs.get("platform") or configs.LAMBDA).shifting
        assert found is not None
        return found
    return configs.Shifting(inputs["type"], inputs.get("percentage") or 100, inputs.get("intervalMinutes") or 0)


def _hosts(table: str, inputs: dict[str, Any]) -> dict[str, Any]:
    instances, minimum = inputs["instances"], inputs.get("minimumHealthy")
    name = inputs.get("name") or configs.DEFAULTS[configs.SERVER]
    config = configs.asked_config(name if minimum is None else str(minimum), configs.SERVER)
    healthy = config.healthy
    assert healthy is not None
    found: dict[str, Any] = {"atOnce": configs.at_once(healthy, instances)}
    if minimum is None:
        return found | {"succeedsIfAtLeast": configs.succeeds_with(healthy, instances)}
    if isinstance(minimum, str):
        found["minimumHosts"] = configs.minimum_hosts(healthy, instances)
    return found | {"result": Words("en").say(verdict(healthy, instances))}
