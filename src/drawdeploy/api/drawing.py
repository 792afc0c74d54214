"""From a plan to pictures and reports, as bytes or in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from drawdeploy.api import options
from drawdeploy.api.look import Look
from drawdeploy.api.planned import Planned
from drawdeploy.api.timing import Timing
from drawdeploy.registry import unknown

if TYPE_CHECKING:
    from drawdeploy.api.helpers import Helpers
    from drawdeploy.model import Environment
    from drawdeploy.picture.frames import Begun, Frame, Sheets
    from drawdeploy.picture.layout import Layout

Progress = Callable[[str, int, int], None]
"""Is told the stage, how much of it is done, and how much there is."""


class Drawing:
    """The pictures and reports of a plan, made when they are asked for and then kept.

    In a notebook it shows the overview.

    Args:
        planned: The plan.
        look: How to draw it.
        helpers: Processes that do part of it.
    """

    def __init__(self, planned: Planned, look: Look, helpers: Helpers | None = None) -> None:
        self.planned = planned
        self.look = look
        self._helpers = helpers
        self._timing = Timing()
        self._sheets: dict[str, Sheets] = {}
        self._layouts: dict[str, Layout] = {}
        self._files: dict[str, bytes] = {}
        self._symbols: dict[str, str] = {}
        self._finding: Begun = {}
        if helpers is not None:
            from drawdeploy.picture import frames, icons

            self._finding = frames.begin(
                planned.plan, look.langs, look.engine, helpers.draws, brief=look.overview or look.rollbacks
            )
            wanted = sorted({*_icons(planned.plan.environment)})
            first = len(wanted) * 2 // 3  # the other one finds the layout first
            icons.prepare(wanted[:first], helpers.plans)
            icons.prepare(wanted[first:], helpers.draws)

    def __repr__(self) -> str:
        return f"<Drawing {self.planned.plan.slug}: {', '.join(self.look.formats)} in {', '.join(self.look.langs)}>"

    def notes(self, lang: str | None = None, *, width: int | None = None) -> tuple[str, ...]:
        """The warnings of the plan in words, and what pictures cannot show of the names that were given."""
        from drawdeploy.api.table import unseen

        lang = lang or self.look.langs[0]
        given = [self.look.title, self.look.author]
        return (*self.planned.notes(lang, width=width), *unseen(self.planned.plan, given, lang, width))

    @property
    def seconds(self) -> tuple[tuple[str, float], ...]:
        """How long each stage took until now, in order."""
        return self.planned.seconds + self._timing.seconds

    @property
    def frames(self) -> tuple[Frame, ...]:
        """The pictures, in order, in the first language."""
        return self.sheets().frames

    def sheets(self, lang: str | None = None) -> Sheets:
        """The pictures of a language, with the icons they use."""
        lang = options.one_of("language", lang or self.look.langs[0], self.look.langs)
        if lang not in self._sheets:
            from drawdeploy.picture import frames

            look = self.look
            with self._timing.stage("frames"):
                self._sheets[lang] = frames.draw(
                    self.planned.plan,
                    self.planned.ledger,
                    lang=lang,
                    langs=look.langs,
                    theme=look.theme,
                    compact=look.compact,
                    title=look.title,
                    author=look.author,
                    steps=look.steps,
                    every_step=look.every_step,
                    rollbacks=look.rollbacks,
                    overview=look.overview,
                    engine=look.engine,
                    layouts=self._layouts,
                    begun=self._finding,
                    painted=self._prepare_fonts,
                )
        return self._sheets[lang]

    def _prepare_fonts(self, characters: str) -> None:
        """Has what will be needed of the font read by another process."""
        from drawdeploy.picture import fonts, outlines

        if self._helpers is not None and "png" in self.look.formats:
            outlines.prepare(characters, self._helpers.draws)
        if self._helpers is not None and "svg" in self.look.formats:
            fonts.prepare(characters, self._helpers.draws)

    def frame(self, name: str, lang: str | None = None) -> Frame:
        """A picture by its name, such as ``00-start`` or ``overview``.

        Raises:
            DrawDeployError: It is not drawn; the hint names the nearest.
        """
        known = {frame.name: frame for frame in self.sheets(lang).frames}
        if name not in known:
            raise unknown("picture", name, known)
        return known[name]

    def svg(self, name: str, lang: str | None = None) -> str:
        """A picture as a standalone SVG, with its icons and font inside."""
        from drawdeploy.picture import frames

        frame = self.frame(name, lang)
        return frames.document(frame, self.sheets(lang), transparent=self.look.transparent)

    def png(self, name: str, lang: str | None = None) -> bytes:
        """A picture as PNG."""
        from drawdeploy.picture import raster

        return raster.png(self._plain(self.frame(name, lang), lang), scale=self.look.scale)

    def _plain(self, frame: Frame, lang: str | None) -> str:
        """The SVG for the rasteriser, which has the font at hand."""
        from drawdeploy.picture import frames

        return frames.document(frame, self.sheets(lang), transparent=self.look.transparent, font=False)

    # --- files -------------------------------------------------------------------------------------------------------

    @property
    def files(self) -> Mapping[str, bytes]:
        """Names and contents of all files of the formats asked for; each is made when it is looked at."""
        return _Files(self)

    @cached_property
    def _makers(self) -> dict[str, tuple[str, Callable[[], bytes]]]:
        """Every file: its stage, and how to make it. Plan and reports stand last."""
        made: dict[str, tuple[str, Callable[[], bytes]]] = {}
        chosen = self.look.formats
        for name, (frame, lang) in self._pictures("png").items():
            made[name] = ("png", partial(self.png, frame.name, lang))
        for name, (frame, lang) in self._pictures("svg").items():
            made[name] = ("svg", partial(self._svg_file, frame.name, lang))
        if "md" in chosen:
            for lang in self.look.langs:
                made[f"report{self._suffix(lang)}.md"] = ("md", partial(self._markdown, lang))
        if "html" in chosen:
            made["report.html"] = ("html", self._html)
        for kind in (kind for kind in chosen if kind not in options.FORMATS):
            for lang in self.look.langs:
                files = self._exported(kind, lang)
                made |= {name: (kind, partial(files.__getitem__, name)) for name in files}
        if "json" in chosen:
            made["plan.json"] = ("json", lambda: self.planned.json().encode())
        return made

    def _exported(self, kind: str, lang: str) -> Mapping[str, bytes]:
        """The files of a format for another program; what it is made of is worked out once for all of them."""
        from drawdeploy.exports import Material, formats
        from drawdeploy.report.front import build
        from drawdeploy.words import Words

        planned, look = self.planned, self.look
        sheets, words = self.sheets(lang), Words(lang)
        with self._timing.stage(kind):
            return formats().get(kind)(
                Material(
                    planned.plan,
                    planned.ledger,
                    words,
                    sheets,
                    build(planned.plan, planned.ledger, words, sheets, title=look.title, author=look.author),
                    self._suffix(lang),
                    partial(self.svg, lang=lang),
                    partial(self.png, lang=lang),
                    look.interval,
                )
            )

    def _pictures(self, kind: str) -> dict[str, tuple[Frame, str]]:
        """The pictures of a format by the names of their files; none if it was not asked for."""
        if kind not in self.look.formats:
            return {}
        return {
            f"{frame.name}{self._suffix(lang)}.{kind}": (frame, lang)
            for lang in self.look.langs
            for frame in self.sheets(lang).frames
        }

    def _suffix(self, lang: str) -> str:
        return f".{lang}" if len(self.look.langs) > 1 else ""

    def _svg_file(self, name: str, lang: str) -> bytes:
        return self.svg(name, lang).encode()

    def _markdown(self, lang: str) -> bytes:
        from drawdeploy.report import markdown
        from drawdeploy.words import Words

        planned, look = self.planned, self.look
        image = next((kind for kind in ("png", "svg") if kind in look.formats), "")
        return markdown.render(
            planned.plan,
            planned.ledger,
            Words(lang),
            self.sheets(lang) if image else None,
            title=look.title,
            author=look.author,
            suffix=self._suffix(lang),
            image=image,
        ).encode()

    def _html(self) -> bytes:
        from drawdeploy.report import html
        from drawdeploy.words import Words

        planned, look = self.planned, self.look
        return html.render(
            planned.plan,
            planned.ledger,
            {lang: Words(lang) for lang in look.langs},
            {lang: self.sheets(lang) for lang in look.langs},
            title=look.title,
            author=look.author,
        ).encode()

    def _file(self, name: str) -> bytes:
        if name not in self._files:
            stage, make = self._makers[name]
            if stage == "html":  # so that this stage is not told the time of the pictures
                for lang in self.look.langs:
                    self.sheets(lang)
            with self._timing.stage(stage):
                self._files[name] = make()
        return self._files[name]

    def make(self, progress: Progress | None = None) -> Mapping[str, bytes]:
        """Makes all files now, on all cores.

        Args:
            progress: Is told how far it is.
        """
        tell = progress or _silent
        tell("frames", 0, 1)  # how many pictures there will be is not known yet
        missing = [name for name in self._makers if name not in self._files]
        pngs = [name for name in missing if self._makers[name][0] == "png"]
        others = [name for name in missing if self._makers[name][0] != "png"]
        with self._begun(pngs) as finish:  # other processes draw while this one writes the rest
            for index, name in enumerate(others):
                tell(self._makers[name][0], index, len(missing))
                self._file(name)
            finish(progress and (lambda done: progress("png", len(others) + done, len(missing))))
        return {name: self._files[name] for name in self._makers}

    @contextmanager
    def _begun(self, names: Sequence[str]) -> Iterator[Callable[[Callable[[int], None] | None], None]]:
        """Begins to draw PNGs; gives what waits for them and keeps them."""
        if not names:
            yield lambda _: None
            return
        from drawdeploy.picture import raster

        known = self._pictures("png")
        with self._timing.stage("png"):
            pending = raster.begin([self._plain(*known[name]) for name in names], scale=self.look.scale)

        def finish(tick: Callable[[int], None] | None) -> None:
            with self._timing.stage("png"):
                self._files |= dict(zip(names, pending.result(tick), strict=True))

        with pending:
            yield finish

    def write(self, folder: str | Path | None = None, progress: Progress | None = None) -> Path:
        """Writes all files into a folder: all of them or, if anything goes wrong, none.

        Args:
            folder: Where to; ``output/STRATEGY-ENVIRONMENT`` if not given. Other files in it stay as they are.
            progress: Is told how far it is.

        Returns:
            The folder.

        Raises:
            DrawDeployError: It cannot be written; what was there before is still whole.
        """
        from drawdeploy import files

        target = Path("output", self.planned.plan.slug) if folder is None else Path(folder)
        made = self.make(progress)
        last = [name for name in made if name.startswith("report") or name == "plan.json"]
        with self._timing.stage("write"):
            files.write_set(target, made, last=last)
        return target

    # --- notebooks ---------------------------------------------------------------------------------------------------

    def _cover(self) -> str:
        """Name of the picture to show first."""
        names = [frame.name for frame in self.frames]
        return "overview" if "overview" in names else names[-1]

    def _repr_svg_(self) -> str:
        return self.svg(self._cover())

    def _repr_html_(self) -> str:
        from base64 import b64encode
        from html import escape

        name = self._cover()
        picture = b64encode(self.svg(name).encode()).decode()
        alt = escape(self.frame(name).alt, quote=True)
        image = f'<img src="data:image/svg+xml;base64,{picture}" alt="{alt}" style="max-width:100%"/>'
        return f"{image}\n{self.planned._repr_html_()}"


class _Files(Mapping[str, bytes]):
    """The files of a drawing; a look at one makes it."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing

    def __getitem__(self, name: str) -> bytes:
        if name not in self._drawing._makers:
            raise KeyError(name)
        return self._drawing._file(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._drawing._makers)

    def __len__(self) -> int:
        return len(self._drawing._makers)


def _icons(environment: Environment) -> Iterator[str]:
    """Icons that its pictures may use."""
    for things in environment.nodes, environment.links, environment.actors:
        yield from (thing.icon for thing in things)
    yield from (site.compute for site in environment.sites)


def _silent(stage: str, done: int, count: int) -> None:
    """Progress nobody wants to hear of."""
