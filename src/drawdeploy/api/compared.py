"""What `drawdeploy compare` does: several plans of one service side by side, as table, page and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drawdeploy.api import options
from drawdeploy.errors import DrawDeployError

if TYPE_CHECKING:
    from drawdeploy.api.chosen import Target
    from drawdeploy.api.drawing import Progress
    from drawdeploy.api.planned import Planned
    from drawdeploy.compare import Comparison
    from drawdeploy.model import Text
    from drawdeploy.picture.frames import Sheets
    from drawdeploy.report.comparison import Sheet

FORMATS = ("html", "md", "png")


class Compared:
    """Several ways to deploy one service, side by side. In a notebook it shows its table.

    Args:
        made: The targets and their plans.
        langs: Languages it speaks, the first by default.
        theme: ``light`` or ``dark``.
        engine: Layout engine.
        scale: Size of PNGs.
    """

    def __init__(
        self,
        made: Iterable[tuple[Target, Planned]],
        langs: tuple[str, ...],
        theme: str = "light",
        engine: str = "auto",
        scale: float = 1.0,
    ) -> None:
        made = list(made)
        self.targets = tuple(target for target, _ in made)
        self.plans = tuple(planned for _, planned in made)
        self.langs, self._theme, self._engine, self._scale = langs, theme, engine, scale
        self._pictures: dict[str, list[Sheets]] = {}

    @cached_property
    def comparison(self) -> Comparison:
        """The figures and what they recommend."""
        from drawdeploy.compare import Candidate, compare

        return compare([Candidate(planned.plan, planned.ledger, planned.costs) for planned in self.plans])

    @property
    def chosen(self) -> str | None:
        """The target that is recommended, as it was named; ``None`` if none fits."""
        index = self.comparison.chosen
        return None if index is None else self.targets[index].text

    def titles(self) -> tuple[Text, ...]:
        """How the ways are called: by strategy, and by what tells them apart."""
        return tuple(map(_title, self.targets, self.plans))

    def sheet(self, lang: str | None = None) -> Sheet:
        """What it says in a language."""
        from drawdeploy.report.comparison import build
        from drawdeploy.words import Words

        names = [target.text for target in self.targets]
        return build(self.comparison, names, self.titles(), Words(lang or self.langs[0]))

    def text(self, lang: str | None = None, *, width: int | None = None) -> str:
        """The figures as a table for a terminal, and the recommendation."""
        from drawdeploy.api.versus import table

        return table(self.sheet(lang), width)

    def _drawn(self, lang: str) -> list[Sheets]:
        """The pictures of all ways."""
        if lang not in self._pictures:
            from drawdeploy.picture import frames

            self._pictures[lang] = [
                frames.draw(
                    planned.plan,
                    planned.ledger,
                    lang=lang,
                    langs=self.langs,
                    theme=self._theme,
                    compact=True,
                    rollbacks=False,
                    engine=self._engine,
                )
                for planned in self.plans
            ]
        return self._pictures[lang]

    def html(self) -> str:
        """The page, in all languages."""
        from drawdeploy.report.versus import render
        from drawdeploy.words import Words

        steps = [planned.costs.proof or len(planned.steps) for planned in self.plans]
        return render(
            {lang: self.sheet(lang) for lang in self.langs},
            {lang: Words(lang) for lang in self.langs},
            {lang: self._drawn(lang) for lang in self.langs},
            steps,
            theme=self._theme,
        )

    def markdown(self, lang: str | None = None, *, images: bool = False) -> str:
        """The same as Markdown; with `images` it shows the pictures that are written beside it."""
        from drawdeploy.report.versus import cover, markdown
        from drawdeploy.words import Words

        lang = lang or self.langs[0]
        alts = [cover(sheets).alt for sheets in self._drawn(lang)] if images else []
        return markdown(self.sheet(lang), Words(lang), alts, self._files(lang) if images else [])

    def _files(self, lang: str) -> list[str]:
        return [f"{index}-{_slug(target.text)}{self._suffix(lang)}.png" for index, target in enumerate(self.targets, 1)]

    def _suffix(self, lang: str) -> str:
        return f".{lang}" if len(self.langs) > 1 else ""

    @property
    def slug(self) -> str:
        """Name of its folder."""
        return f"compare-{self.plans[0].plan.environment.id}"

    def names(self, formats: str | Iterable[str] = FORMATS) -> list[str]:
        """Names of the files of some formats."""
        chosen = formats_of(formats)
        found = [name for lang in self.langs for name in self._files(lang)] if "png" in chosen else []
        if "md" in chosen:
            found += [f"compare{self._suffix(lang)}.md" for lang in self.langs]
        return [*found, "compare.html"] if "html" in chosen else found

    def make(self, formats: str | Iterable[str] = FORMATS) -> dict[str, bytes]:
        """All files of the formats asked for."""
        from drawdeploy.picture import frames, raster
        from drawdeploy.report.versus import cover

        chosen = formats_of(formats)
        files: dict[str, bytes] = {}
        if "png" in chosen:
            for lang in self.langs:
                drawn = self._drawn(lang)
                svgs = [frames.document(cover(sheets), sheets, font=False) for sheets in drawn]
                files |= dict(zip(self._files(lang), raster.png_many(svgs, scale=self._scale), strict=True))
        if "md" in chosen:
            made = partial(self.markdown, images="png" in chosen)
            files |= {f"compare{self._suffix(lang)}.md": made(lang).encode() for lang in self.langs}
        if "html" in chosen:
            files["compare.html"] = self.html().encode()
        return files

    def write(
        self,
        folder: str | Path | None = None,
        *,
        formats: str | Iterable[str] = FORMATS,
        progress: Progress | None = None,
    ) -> Path:
        """Writes page, Markdown and pictures into a folder: all of them or, if anything goes wrong, none.

        Args:
            folder: Where to; ``output/compare-ENVIRONMENT`` if not given. Other files in it stay as they are.
            formats: Some of ``html``, ``md``, ``png``.
            progress: Is told how far it is.
        """
        from drawdeploy import files

        target = Path("output", self.slug) if folder is None else Path(folder)
        if progress:
            progress("frames", 0, 1)
        made = self.make(formats)
        files.write_set(target, made, last=[name for name in made if name.startswith("compare")])
        return target

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(self.text())}</pre>"


def compare(
    *targets: str,
    lang: str | Iterable[str] = "en",
    theme: str = "light",
    engine: str = "auto",
    scale: float = 1.0,
    **given: Any,
) -> Compared:
    """Puts several ways to deploy one service side by side.

    Args:
        targets: Strategies by name or path, each with options of its own behind colons (``"NAME:batch=2"``).
        lang: Language or languages.
        theme: ``light`` or ``dark``.
        engine: Layout engine.
        scale: Size of PNGs.
        given: What :func:`drawdeploy.plan` takes besides; the same for all.

    Raises:
        DrawDeployError: Something given is not valid, or there is nothing to compare.
    """
    from drawdeploy.api.chosen import plans

    doubled = [text for index, text in enumerate(targets) if text.strip() in [t.strip() for t in targets[:index]]]
    if doubled:
        raise DrawDeployError(
            f"{options.quoted(doubled[0])} is named twice",
            f"give one of them options of its own: {doubled[0]}:env=hybrid",
        )
    langs = options.languages(lang)
    look = options.theme(theme), options.engine(engine), options.scale(scale)
    found = plans(targets, {**given, "lang": langs})
    if len(found) < 2:
        raise DrawDeployError("say what to compare: at least two ways", "`drawdeploy list` names the strategies")
    return Compared(found, langs, *look)


def formats_of(value: str | Iterable[str]) -> tuple[str, ...]:
    """Formats, in their order."""
    chosen = {options.one_of("format", name.lower(), FORMATS) for name in options.words_of(value)}
    if not chosen:
        raise DrawDeployError("no format is named", f"there are: {', '.join(FORMATS)}")
    return tuple(name for name in FORMATS if name in chosen)


def _title(target: Target, planned: Planned) -> Text:
    from drawdeploy.model import Text

    title = planned.plan.strategy.title
    own = [planned.plan.name] if planned.plan.name else []
    told = ", ".join([*own, *(f"{name.replace('_', '-')} {value}" for name, value in target.options)])
    # Not a template: what the user typed is shown as it is.
    tail = f" ({told})".replace("{", "(").replace("}", ")") if told else ""
    return Text(title.en + tail, title.ko + tail)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60] or "way"
