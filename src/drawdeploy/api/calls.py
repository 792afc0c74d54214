"""The two things to call: `plan` and `draw`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from drawdeploy.api import given, manifests, options
from drawdeploy.api.drawing import Drawing
from drawdeploy.api.look import look_of
from drawdeploy.api.manifests import Manifest
from drawdeploy.api.planned import Planned
from drawdeploy.errors import DrawDeployError
from drawdeploy.model import Service, Strategy

_PLAN = {
    "env": "name",
    "replicas": "whole",
    "old": "text",
    "new": "text",
    "placement": "text",
    "capacity": "whole",
    "onprem": "texts",
    "cloud": "texts",
}
_LOOK = {
    "lang": "texts",
    "formats": "formats",
    "theme": "text",
    "engine": "text",
    "scale": "number",
    "transparent": "truth",
    "title": "text",
    "author": "text",
    "steps": "wholes",
    "every_step": "truth",
    "rollbacks": "truth",
    "overview": "truth",
    "compact": "truth",
    "interval": "number",
}

_OPTIONAL = ("lang", "steps")


def plan(
    strategy: str | PathLike[str] | Strategy | Manifest,
    *,
    env: str | PathLike[str] | None = None,
    replicas: int | None = None,
    service: str | PathLike[str] | Service | None = None,
    old: str | None = None,
    new: str | None = None,
    placement: str | None = None,
    capacity: int | None = None,
    onprem: str | Iterable[str] | None = None,
    cloud: str | Iterable[str] | None = None,
    lang: str | Iterable[str] = "en",
    **parameters: Any,
) -> Planned:
    """Works out the exact steps, without drawing them.

    Args:
        strategy: Name of a strategy (see :func:`drawdeploy.strategies`), path of a YAML description, or a strategy that
            was loaded before.
        env: Name of an environment, or path of a description; if not given, the one that stands in the strategy's own
            file, or else ``plain``.
        replicas: Instances of the old revision, over all sites; what the service says if not given, or else 3.
        service: What is deployed: its name, the path of a description (``shop.yaml``), or a service; if not given, the
            one that stands in the strategy's own file.
        old: The revision that runs, if not as the service says: ``v1``.
        new: The revision that is deployed: ``v2``.
        placement: How the pools stand on the sites of the environment; its usual one if not given.
        capacity: How many instances fit the site that has a limit; the environment's own figure if not given.
        onprem: What its site on-premises is, if that can be chosen: ``"vmware"``, or the path of a description.
        cloud: What its cloud is: ``"azure"``; several if it has several: ``"aws,gcp"``.
        lang: Language or languages to speak: ``"en"``, ``"ko"``, ``"en,ko"``.
        parameters: The strategy's own, such as ``batch=2`` or ``batch="25%"``. Of a manifest, what it leaves open:
            ``start_time="30s"``, ``analysis="2m"``, ``pause="10m"``, ``event=["at step 2: abort"]``,
            ``from_start=True``, ``every_sync=True``, ``deployment_config="…"``.

    Raises:
        DrawDeployError: Something given is not valid; the text says what is.
    """
    from drawdeploy import describe
    from drawdeploy.api.catalogue import load
    from drawdeploy.api.timing import Timing, uncollected
    from drawdeploy.describe import load_environment
    from drawdeploy.expand import expand
    from drawdeploy.ledger import keep

    target: str | Strategy | Manifest = given.texts(strategy)
    place: str | None = given.texts(env)
    deployed: str | Service | None = given.texts(service)
    told: dict[str, object] = {
        "strategy": target,
        "env": place,
        "service": deployed,
        "replicas": replicas,
        "old": old,
        "new": new,
    }
    told |= {"placement": placement, "capacity": capacity, "onprem": onprem, "cloud": cloud, "lang": lang}
    given.check(
        told, _PLAN | {"strategy": "strategy", "service": "service", "lang": "texts"}, needed=("strategy", "lang")
    )
    timing = Timing()
    langs = options.languages(lang)
    with timing.stage("describe"):
        how = load(target) if isinstance(target, str) else target
    if isinstance(how, Manifest):
        return manifests.plan(
            how,
            env=place,
            replicas=replicas,
            service=deployed,
            old=old,
            new=new,
            placement=placement,
            capacity=capacity,
            onprem=options.sites("onprem", onprem),
            cloud=options.sites("cloud", cloud),
            langs=langs,
            asked=parameters,
        )
    given.check(parameters, dict.fromkeys(parameters, "parameter"))
    with timing.stage("describe"):
        wanted = options.service(_service(deployed, how), replicas, old, new)
        where = load_environment(
            place or describe.beside(how, "Environment") or "plain",
            wanted,
            capacity,
            onprem=options.sites("onprem", onprem),
            cloud=options.sites("cloud", cloud),
        )
    with timing.stage("plan"), uncollected():
        try:
            expanded = expand(how, where, wanted, placement=placement, parameters=_written(how, parameters))
        except DrawDeployError as error:
            raise describe.with_lines(error, how) from None
        ledger = keep(expanded)
    return Planned(expanded, ledger, langs, timing.seconds)


def draw(
    strategy: str | PathLike[str] | Strategy | Manifest | Planned,
    *,
    env: str | PathLike[str] | None = None,
    replicas: int | None = None,
    service: str | PathLike[str] | Service | None = None,
    old: str | None = None,
    new: str | None = None,
    placement: str | None = None,
    capacity: int | None = None,
    onprem: str | Iterable[str] | None = None,
    cloud: str | Iterable[str] | None = None,
    lang: str | Iterable[str] | None = None,
    formats: str | Iterable[str] = options.FORMATS,
    output: str | Path | None = None,
    theme: str = "light",
    engine: str = "auto",
    scale: float = 2.0,
    transparent: bool = False,
    title: str = "",
    author: str = "",
    steps: str | Iterable[int] | None = None,
    every_step: bool = False,
    rollbacks: bool = True,
    overview: bool = True,
    compact: bool = False,
    interval: float = 2.0,
    **parameters: Any,
) -> Drawing:
    """Draws a plan: a picture per step, the way back from each, an overview and reports.

    Args:
        strategy: As for :func:`drawdeploy.plan`, as are all arguments down to `lang`, and `parameters`; or what that
            gave, which is then drawn as it is.
        env: Environment.
        replicas: Instances of the old revision.
        service: What is deployed.
        old: The revision that runs.
        new: The revision that is deployed.
        placement: How the pools stand on the sites.
        capacity: How many instances fit the site that has a limit.
        onprem: What its site on-premises is.
        cloud: What its cloud is, or its clouds are.
        lang: Language or languages, ``"en"`` or the plan's own if not given; with several, names of files end in
            ``.en.png`` and so on.
        formats: Some of ``png``, ``svg``, ``md``, ``html``, ``json``, which are the usual ones, and of ``pdf``,
            ``pptx``, ``docx``, ``gif``, ``webp``, ``apng``, ``drawio``, ``mermaid``, ``dot``, ``txt``.
        output: Folder to write to; nothing is written if not given.
        theme: ``light`` or ``dark``.
        engine: Layout engine; ``auto`` for the one that comes along.
        scale: Size of PNGs, 0.25 to 8.
        transparent: No background.
        title: Title of pictures and reports, instead of the strategy's.
        author: Named in the reports.
        steps: Numbers of the steps to draw (``[2, 4]``, ``"2-4"``); the usual choice if not given.
        every_step: Also the steps of later rounds.
        rollbacks: Draw the way back from every step drawn.
        overview: Draw the figure of all steps.
        compact: Without figures and next checks.
        interval: Seconds that an animation shows each picture.
        parameters: The strategy's own, such as ``batch=2``.

    Returns:
        The drawing; pictures and files are made when they are looked at, or all at once for `output`.

    Raises:
        DrawDeployError: Something given is not valid, or the work could not be finished; the text says what and why.
    """
    here = locals()
    given.check(here, _LOOK | {"output": "path"}, needed=[name for name in _LOOK if name not in _OPTIONAL])
    if isinstance(strategy, Planned):
        asked = {name: here[name] for name in (*_PLAN, "service")} | parameters
        if fixed := [name for name, value in asked.items() if value is not None]:
            hint = "give it to drawdeploy.plan, or pass the strategy's name here"
            raise DrawDeployError(f"the plan is made already: {', '.join(fixed)} cannot be chosen any more", hint)
    look = look_of(
        lang=lang or (strategy.langs if isinstance(strategy, Planned) else "en"),
        formats=formats,
        theme=theme,
        engine=engine,
        scale=scale,
        transparent=transparent,
        title=title,
        author=author,
        steps=steps,
        every_step=every_step,
        rollbacks=rollbacks,
        overview=overview,
        compact=compact,
        interval=interval,
    )
    planned = (
        strategy
        if isinstance(strategy, Planned)
        else plan(
            strategy,
            env=env,
            replicas=replicas,
            service=service,
            old=old,
            new=new,
            placement=placement,
            capacity=capacity,
            onprem=onprem,
            cloud=cloud,
            lang=look.langs,
            **parameters,
        )
    )
    drawing = planned.draw(look)
    if output is not None:
        drawing.write(output)
    return drawing


def _service(given: str | Service | None, strategy: Strategy) -> str | Service:
    """A service, or the name of one that is not described."""
    from drawdeploy import describe

    if isinstance(given, str) and not options.is_file(given):
        return given
    if given is None and (file := describe.beside(strategy, "Service")):
        return describe.load_service(file)
    return describe.load_service(given) if isinstance(given, str) else given or Service()


def _written(strategy: Strategy, parameters: Mapping[str, str | int | None]) -> dict[str, str]:
    """Parameters as a user writes them on the command line; ``max_surge=1`` may mean ``max-surge``."""
    known = {parameter.id for parameter in strategy.parameters}
    given = {name: str(value) for name, value in parameters.items() if value is not None}
    return {name if name in known else name.replace("_", "-"): value for name, value in given.items()}
