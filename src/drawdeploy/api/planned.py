"""From names and numbers to a plan and its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from drawdeploy.api import options
from drawdeploy.errors import DrawDeployError
from drawdeploy.ledger import Ledger
from drawdeploy.model import Plan, Service, Step, Strategy, Warning

if TYPE_CHECKING:
    from drawdeploy.api.drawing import Drawing


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan and what it costs. In a notebook it shows itself as a table.

    Attributes:
        plan: The exact steps, each with its state before and after and its rollback.
        ledger: The figures of every state.
        langs: Languages it speaks, the first by default.
        seconds: How long it took to work out, by stage.
    """

    plan: Plan
    ledger: Ledger
    langs: tuple[str, ...] = ("en",)
    seconds: tuple[tuple[str, float], ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in order."""
        return self.plan.steps

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """What is true of the plan and should be known; `notes` says it in words."""
        return self.plan.warnings

    def notes(self, lang: str | None = None) -> tuple[str, ...]:
        """The warnings in words, each with what to do instead."""
        from drawdeploy.api.table import notes

        return notes(self.plan, lang or self.langs[0])

    def text(self, lang: str | None = None, *, width: int | None = None, every_step: bool = True) -> str:
        """The steps as a table for a terminal.

        Args:
            lang: ``en`` or ``ko``; the plan's first language if not given.
            width: Columns of the terminal; titles are cut to fit. Not cut if not given.
            every_step: Whether later rounds are listed in full.
        """
        from drawdeploy.api.table import steps_table

        return steps_table(self.plan, self.ledger, lang or self.langs[0], width=width, every_step=every_step)

    def json(self) -> str:
        """The plan for programs, by the schema of ``docs/plan-json.md``."""
        from drawdeploy.report import plan_json
        from drawdeploy.words import Words

        return plan_json.dumps(self.plan, self.ledger, {lang: Words(lang) for lang in self.langs})

    def draw(self, look: options.Look | None = None, **looks: Any) -> Drawing:
        """Draws it; takes what :func:`drawdeploy.draw` takes besides the plan, or all of it as one `Look`."""
        from drawdeploy.api.drawing import Drawing

        chosen = look if look is not None else options.look_of(**{"lang": self.langs} | looks)
        options.steps_of(chosen.steps, len(self.plan.steps))
        return Drawing(self, chosen)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        from drawdeploy.api.table import html_table

        return html_table(self.plan, self.ledger, self.langs[0])


def plan(
    strategy: str | Strategy,
    *,
    env: str = "plain",
    replicas: int = 3,
    service: str = "shop",
    old: str = "v1",
    new: str = "v2",
    placement: str | None = None,
    capacity: int | None = None,
    lang: str | Iterable[str] = "en",
    **parameters: str | int,
) -> Planned:
    """Works out the exact steps, without drawing them.

    Args:
        strategy: Name of a strategy (see :func:`drawdeploy.strategies`), path of a YAML description, or a strategy that
            was loaded before.
        env: Name of an environment, or path of a description.
        replicas: Instances of the old revision, over all sites.
        service: What is deployed.
        old: The revision that runs.
        new: The revision that is deployed.
        placement: How the pools stand on the sites of the environment; its usual one if not given.
        capacity: How many instances fit the site that has a limit; the environment's own figure if not given.
        lang: Language or languages to speak: ``"en"``, ``"ko"``, ``"en,ko"``.
        parameters: The strategy's own, such as ``batch=2`` or ``batch="25%"``.

    Raises:
        DrawDeployError: Something given is not valid; the text says what is.
    """
    from drawdeploy.api.catalogue import load
    from drawdeploy.api.timing import Timing
    from drawdeploy.describe import load_environment
    from drawdeploy.expand import expand
    from drawdeploy.ledger import keep

    timing = Timing()
    langs = options.languages(lang)
    wanted = Service(
        name=options.label("service", service, options.NAME_LIMIT),
        old=options.label("old", old, options.REVISION_LIMIT),
        new=options.label("new", new, options.REVISION_LIMIT),
        replicas=replicas,
    )
    if wanted.old == wanted.new:
        raise DrawDeployError(f"old and new are both called {wanted.old!r}", "give them two names, such as v1 and v2")
    with timing.stage("describe"):
        how = strategy if isinstance(strategy, Strategy) else load(strategy)
        where = load_environment(env, wanted, capacity)
    with timing.stage("plan"):
        expanded = expand(how, where, wanted, placement=placement, parameters=_written(how, parameters))
        ledger = keep(expanded)
    return Planned(expanded, ledger, langs, timing.seconds)


def _written(strategy: Strategy, parameters: Mapping[str, str | int | None]) -> dict[str, str]:
    """Parameters as a user writes them on the command line; ``max_surge=1`` may mean ``max-surge``."""
    known = {parameter.id for parameter in strategy.parameters}
    given = {name: str(value) for name, value in parameters.items() if value is not None}
    return {name if name in known else name.replace("_", "-"): value for name, value in given.items()}
