"""Which router divides the traffic, and the rules of managed routes as one reads them."""

from __future__ import annotations

from drawdeploy.controllers.argo.validate import CANARY_PATH
from drawdeploy.controllers.documents import Fields

_ROUTERS = {
    "istio": "istio",
    "nginx": "nginx",
    "alb": "alb",
    "traefik": "traefik",
    "smi": "gateway",
    "ambassador": "gateway",
    "apisix": "gateway",
    "appMesh": "gateway",
    "plugins": "gateway",
}
_TESTS = (("exact", "="), ("prefix", "="), ("regex", "~"))


def router(fields: Fields) -> str:
    """What divides the traffic, for the picture; the first that is named."""
    names = fields.keys(f"{CANARY_PATH}.trafficRouting")
    return next((_ROUTERS[name] for name in names if name in _ROUTERS), "gateway")


def header_rule(fields: Fields, path: str) -> str:
    """``X-Canary = true``; several of them must all hold."""
    rules = []
    for index in range(fields.length(path)):
        name = fields.text(f"{path}[{index}].headerName")
        rules.append(f"{name} {_test(fields, f'{path}[{index}].headerValue')}")
    return " & ".join(rules)


def mirror_rule(fields: Fields, path: str) -> str:
    """``method = GET, path = /*``; any of several may hold."""
    rules = []
    for index in range(fields.length(path)):
        place = f"{path}[{index}]"
        parts = [
            f"{part} {_test(fields, f'{place}.{part}')}" for part in ("method", "path") if fields.has(f"{place}.{part}")
        ]
        parts += [f"{name} {_test(fields, _quoted(place, name))}" for name in fields.keys(f"{place}.headers")]
        rules.append(", ".join(parts))
    return " | ".join(rule for rule in rules if rule)


def _quoted(place: str, name: str) -> str:
    return f"{place}.headers['{name}']"


def _test(fields: Fields, path: str) -> str:
    for name, sign in _TESTS:
        if value := fields.text(f"{path}.{name}"):
            return f"{sign} {value}{'*' if name == 'prefix' else ''}"
    return ""
