"""From names and numbers to a plan and its figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drawdeploy.api import options
from drawdeploy.ledger import Ledger
from drawdeploy.model import Plan, Step, Warning
from drawdeploy.value import Value

if TYPE_CHECKING:
    from drawdeploy.api.drawing import Drawing
    from drawdeploy.api.helpers import Helpers
    from drawdeploy.api.look import Look
    from drawdeploy.costs import Costs


class Planned(Value):
    """A plan and what it costs. In a notebook it shows itself as a table.

    Attributes:
        plan: The exact steps, each with its state before and after and its rollback.
        ledger: The figures of every state.
        langs: Languages it speaks, the first by default.
        seconds: How long it took to work out, by stage.
        skipped: Kinds of objects that stand beside what it was made from, and that nobody moves.
    """

    plan: Plan
    ledger: Ledger
    langs: tuple[str, ...] = ("en",)
    seconds: tuple[tuple[str, float], ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps, in order."""
        return self.plan.steps

    @property
    def costs(self) -> Costs:
        """What it costs over time, and what its way back needs."""
        from drawdeploy.costs import tally

        return tally(self.plan, self.ledger)

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """What is true of the plan and should be known; `notes` says it in words."""
        return self.plan.warnings

    def notes(self, lang: str | None = None, *, width: int | None = None) -> tuple[str, ...]:
        """The warnings in words, each with what to do instead; folded to a number of columns, if one is given."""
        from drawdeploy.api.table import notes

        return notes(self.plan, lang or self.langs[0], width)

    def text(self, lang: str | None = None, *, width: int | None = None, every_step: bool = True) -> str:
        """The steps as a table for a terminal.

        Args:
            lang: ``en`` or ``ko``; the plan's first language if not given.
            width: Columns of the terminal; titles are folded to fit. Not folded if not given.
            every_step: Whether later rounds are listed in full.
        """
        from drawdeploy.api.table import steps_table

        return steps_table(self.plan, self.ledger, lang or self.langs[0], width=width, every_step=every_step)

    def json(self) -> str:
        """The plan for programs, by the schema of ``docs/plan-json.md``."""
        from drawdeploy.report import plan_json
        from drawdeploy.words import Words

        return plan_json.dumps(self.plan, self.ledger, {lang: Words(lang) for lang in self.langs})

    def draw(self, look: Look | None = None, *, helpers: Helpers | None = None, **looks: Any) -> Drawing:
        """Draws it; takes what :func:`drawdeploy.draw` takes besides the plan, or all of it as one `Look`.

        `helpers` are processes that do part of it.
        """
        from drawdeploy.api.drawing import Drawing
        from drawdeploy.api.look import look_of

        chosen = look if look is not None else look_of(**{"lang": self.langs} | looks)
        options.steps_of(chosen.steps, len(self.plan.steps))
        options.engine_there(chosen.engine)
        return Drawing(self, chosen, helpers)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        service, count = self.plan.service, len(self.plan.steps)
        return f"<Planned {self.plan.slug}: {service.name} {service.old} → {service.new}, {count} steps>"

    def _repr_svg_(self) -> str:
        return self.draw()._repr_svg_()

    def _repr_html_(self) -> str:
        from drawdeploy.api.table import html_table

        return html_table(self.plan, self.ledger, self.langs[0])
