"""One picture a step, one a rollback, and the overview: the layout of a plan, painted again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from drawdeploy.errors import DrawDeployError
from drawdeploy.ledger import Figures, Ledger
from drawdeploy.model import Outcome, Plan, RollbackKind, Step, Verb
from drawdeploy.picture import alt, captions, chrome, layout, parts, scene
from drawdeploy.picture.aside import Answer, Aside
from drawdeploy.picture.canvas import Canvas, icon_id, number
from drawdeploy.picture.layout import Layout
from drawdeploy.picture.moments import Moment
from drawdeploy.picture.theme import THEMES, Theme
from drawdeploy.value import Value
from drawdeploy.words import Words, names

if TYPE_CHECKING:
    from fractions import Fraction


class Frame(Value):
    """One picture.

    Attributes:
        name: Stem of its file: ``00-start``, ``01-create-and-test``, ``01-create-and-test.rollback``, ``overview``.
        kind: ``start``, ``step``, ``rollback`` or ``overview``.
        number: Of the step; 0 for the start, -1 for the overview.
        width: In pixels.
        height: In pixels.
        body: SVG without its root. It has no ids of its own and refers to those of :func:`symbols`.
        alt: What it shows, in words.
        title: Its headline.
        icons: Ids of the icons it uses.
    """

    name: str
    kind: str
    number: int
    width: float
    height: float
    body: str
    alt: str
    title: str
    icons: tuple[str, ...]


class Sheets(Value):
    """All pictures of a plan in one language.

    Attributes:
        icons: Id and data URI of every icon used.
        characters: Every character used.
    """

    frames: tuple[Frame, ...]
    icons: tuple[tuple[str, str], ...]
    lang: str
    theme: str
    characters: str


Begun = dict[str, tuple[scene.Scene, Answer[layout.Centres]]]
"""Layouts that another process is finding, by level of detail."""


def begin(plan: Plan, langs: Sequence[str], engine: str, beside: Aside, *, brief: bool) -> Begun:
    """Has another process find the layouts.

    Args:
        plan: What will be drawn.
        langs: All languages that pictures of it will be made in.
        engine: What lays out.
        beside: The process.
        brief: Whether there will be an overview or rollbacks.

    Returns:
        What :func:`draw` takes.
    """
    languages = [Words(lang) for lang in langs]
    scenes = {"full": scene.build(plan, languages, scene.FULL)}
    if brief:
        scenes["brief"] = scene.build(plan, languages, scene.BRIEF)
    return {key: (built, layout.begin(built, engine, beside)) for key, built in scenes.items()}


def draw(
    plan: Plan,
    ledger: Ledger,
    *,
    lang: str,
    langs: Sequence[str] = (),
    theme: str = "light",
    compact: bool = False,
    title: str = "",
    author: str = "",
    steps: Sequence[int] | None = None,
    every_step: bool = False,
    rollbacks: bool = True,
    overview: bool = True,
    engine: str = "auto",
    layouts: dict[str, Layout] | None = None,
    begun: Begun | None = None,
    painted: Callable[[str], None] | None = None,
) -> Sheets:
    """Draws a plan.

    Args:
        plan: What to draw.
        ledger: Its figures.
        lang: Language of the pictures.
        langs: All languages that pictures of this plan are made in: they share their places.
        theme: ``light`` or ``dark``.
        compact: Leave out figures, and what is checked next.
        title: The overview's headline, in place of the strategy's and environment's; said under every other one.
        author: Said beside that.
        steps: Numbers of the steps to draw; ``None`` for the key ones.
        every_step: Draw all of them.
        rollbacks: Draw the rollback from every step that is drawn.
        overview: Draw the overview.
        engine: What lays out.
        layouts: Where layouts are kept by level of detail. Give the same to the next language, whose places are the
            same; not to another plan.
        begun: What :func:`begin` gave for the same plan, languages and engine.
        painted: Is told the characters of the pictures, as soon as they are known.

    Returns:
        The overview first, then the start, then every step followed by its rollback.

    Raises:
        DrawDeployError: There is no such step, or no layout engine.
    """
    painter = _Painter(plan, ledger, Words(lang), langs or (lang,), THEMES[theme], compact, title, author, engine)
    if layouts is not None:
        painter.layouts = layouts
    chosen = chosen_steps(plan, steps, every_step=every_step)
    if begun is not None:
        painter.begun = begun
    frames: list[Frame] = []
    if overview:
        frames.append(painter.overview(chosen))
    frames.append(painter.start())
    for step in chosen:
        frames.append(painter.step(step))
        if rollbacks:
            frames.append(painter.rollback(step))
    if painted is not None:
        painted(painter.written)
    return painter.sheets(frames)


def chosen_steps(plan: Plan, numbers: Sequence[int] | None = None, *, every_step: bool = False) -> list[Step]:
    """The steps that are drawn.

    Raises:
        DrawDeployError: A number is not that of a step.
    """
    if numbers is None:
        return [step for step in plan.steps if step.key or every_step]
    wrong = [n for n in numbers if not 1 <= n <= len(plan.steps)]
    if wrong:
        said = ", ".join(map(str, wrong))
        raise DrawDeployError(f"there is no step {said}", f"this plan has the steps 1 to {len(plan.steps)}")
    return [plan.steps[n - 1] for n in sorted(set(numbers))]


class _Painter:
    """Holds what all pictures of one plan and language share. A layout is made when the first picture needs it."""

    def __init__(
        self,
        plan: Plan,
        ledger: Ledger,
        words: Words,
        langs: Sequence[str],
        theme: Theme,
        compact: bool,
        title: str,
        author: str,
        engine: str,
    ) -> None:
        self.plan, self.ledger, self.words, self.theme = plan, ledger, words, theme
        self.compact, self.engine = compact, engine
        self.languages = [Words(lang) for lang in langs]
        self.titles = names(plan)
        said = " · ".join(
            (
                words.text(plan.strategy.title),
                words.text(plan.environment.title),
                words.get("picture.subtitle", service=plan.service.name, old=plan.service.old, new=plan.service.new),
            )
        )
        self.title, self.author = title, author
        self.subtitle = " · ".join(part for part in (said, title, author) if part)
        self.icons: dict[str, None] = {}
        self.characters: set[str] = set()
        self.layouts: dict[str, Layout] = {}
        self.begun: Begun = {}

    def layout(self, detail: scene.Detail) -> Layout:
        """The one layout of a level of detail."""
        key = "full" if detail is scene.FULL else "brief"
        if key in self.begun:
            built, begun = self.begun.pop(key)
            self.layouts[key] = layout.place(built, self.engine, begun)
        elif key not in self.layouts:
            self.layouts[key] = place(self.plan, self.languages, detail, self.engine)
        return self.layouts[key]

    # --- pictures ----------------------------------------------------------------------------------------------------

    def start(self) -> Frame:
        canvas = Canvas(self.theme)
        service = self.plan.service
        title = self.words.get("picture.start_title", service=service.name, old=service.old)
        first = self.plan.steps[0] if self.plan.steps else None
        width, height = self._page(
            canvas,
            Moment(self.plan.begin, self.plan.begin),
            pill=self.words.get("picture.start"),
            title=title,
            aside="",
            dots=(0, self.plan.place(first)[1] if first else 0),
            cards=self._cards(self.ledger.begin, None, None),
            step=None,
            following=first,
        )
        words = alt.start(self.plan, self.words.text(self.plan.strategy.title), self.words)
        return self._frame(canvas, self.plan.stem(None), "start", 0, width, height, words, title)

    def step(self, step: Step) -> Frame:
        canvas = Canvas(self.theme)
        title = self.words.say(step.title, self.titles)
        pill, aside, dots = captions.progress(self.plan, step, self.words)
        before = self.ledger.steps[step.number - 2].after if step.number > 1 else self.ledger.begin
        following = self.plan.steps[step.number] if step.number < len(self.plan.steps) else None
        width, height = self._page(
            canvas,
            Moment.of(step),
            pill=pill,
            title=title,
            aside=aside,
            dots=dots,
            cards=self._cards(self.ledger.steps[step.number - 1].after, before, step),
            step=step,
            following=following,
        )
        words = alt.step(self.plan, step, self.words)
        return self._frame(canvas, self.plan.stem(step), "step", step.number, width, height, words, title)

    def rollback(self, step: Step) -> Frame:
        from drawdeploy.picture import strip

        canvas = Canvas(self.theme)
        title, width, height = strip.draw(
            canvas, self.layout(scene.BRIEF), self.ledger, step, self.words, self.subtitle
        )
        words = alt.rollback(self.plan, step, self.words)
        return self._frame(
            canvas, f"{self.plan.stem(step)}.rollback", "rollback", step.number, width, height, words, title
        )

    def overview(self, chosen: Sequence[Step]) -> Frame:
        from drawdeploy.picture import overview

        canvas = Canvas(self.theme)
        width, height, count = overview.draw(
            canvas, self.layout(scene.BRIEF), self.ledger, chosen, self.words, self.title, self.author
        )
        title = self.words.text(self.plan.strategy.title)
        words = alt.overview(title, count, chosen[-1].number if chosen else 0, self.words)
        return self._frame(canvas, "overview", "overview", -1, width, height, words, title)

    def sheets(self, frames: Iterable[Frame]) -> Sheets:
        from drawdeploy.picture import icons

        found = tuple((icon_id(dotted), icons.data_uri(dotted)) for dotted in self.icons)
        return Sheets(tuple(frames), found, self.words.lang, self.theme.name, self.written)

    @property
    def written(self) -> str:
        """Every character of the pictures painted until now."""
        return "".join(sorted(self.characters))

    # --- their parts ------------------------------------------------------------------------------------------------

    def _page(
        self,
        canvas: Canvas,
        moment: Moment,
        *,
        pill: str,
        title: str,
        aside: str,
        dots: tuple[int, int],
        cards: Sequence[chrome.Card],
        step: Step | None,
        following: Step | None,
    ) -> tuple[float, float]:
        """Banner, scene, figures, what is next, legend: from above."""
        placed = self.layout(scene.FULL)
        width = max(placed.width, scene.FULL.width) + 2 * chrome.MARGIN
        used: set[str] = set()
        y = chrome.BANNER + 10
        with canvas.group("scene", at=((width - placed.width) / 2, y)):
            parts.draw(canvas, placed, moment, self.words, used)
        y += placed.height + 10
        chrome.banner(canvas, width, pill, title, self.subtitle, aside=aside, dots=dots)
        if not self.compact:
            chrome.figures(canvas, y, width, cards)
            y += chrome.FIGURES + 7
            self._next(canvas, y, width, step, following)
            y += chrome.NEXT + 6
        y = chrome.legend(canvas, chrome.MARGIN, y, width - chrome.MARGIN, used, self.words)
        return width, y + 8

    def _next(self, canvas: Canvas, y: float, width: float, step: Step | None, following: Step | None) -> None:
        checks = []
        for check in step.checks if step else ():
            said = self.words.say(check.text, self.titles)
            if check.seconds:
                said += " · " + self.words.get("picture.watch", time=self.words.seconds(check.seconds))
            checks.append((check, said))
        if following is None:
            service = self.plan.service
            text = self.words.get(f"picture.finished.{self.plan.outcome}", old=service.old, new=service.new)
        else:
            text = self.words.say(following.title, self.titles)
        going = following is not None or self.plan.outcome is Outcome.WAITING
        key = "picture.next" if checks else "picture.then" if going else "picture.done"
        chrome.next_row(canvas, y, width, self.words.get(key), checks, text, self.words)

    def _cards(self, now: Figures, before: Figures | None, step: Step | None) -> list[chrome.Card]:
        return figure_cards(self.plan, self.ledger, now, before, step, self.words)

    def _frame(
        self, canvas: Canvas, name: str, kind: str, n: int, width: float, height: float, alt_text: str, title: str
    ) -> Frame:
        self.icons.update(canvas.icons)
        self.characters |= canvas.characters
        used = tuple(icon_id(dotted) for dotted in canvas.icons)
        return Frame(name, kind, n, round(width), round(height), canvas.body, alt_text, title, used)


def place(plan: Plan, languages: Sequence[Words], detail: scene.Detail, engine: str) -> Layout:
    """The layout of a plan at a level of detail."""
    return layout.place(scene.build(plan, languages, detail), engine)


def figure_cards(
    plan: Plan, ledger: Ledger, now: Figures, before: Figures | None, step: Step | None, words: Words
) -> list[chrome.Card]:
    """The figures of a state: who is on the new version, what serves, what runs, and how to get back."""
    was: Fraction = before.exposure if before else now.exposure
    note = ""
    if was != now.exposure:
        note = words.get("picture.figure.exposure_note", before=words.percent(was), after=words.percent(now.exposure))
    cards = [chrome.Card(words.get("picture.figure.exposure"), words.percent(now.exposure), note)]
    lowest = words.get("picture.figure.serving_note", lowest=words.percent(ledger.lowest_serving))
    cards.append(chrome.Card(words.get("picture.figure.serving"), words.percent(now.serving), lowest))
    limits = [site.capacity for site in now.sites]
    if all(limit is not None for limit in limits) and limits:
        capacity = sum(limit or 0 for limit in limits)
        peak = words.get("picture.figure.running_of", peak=ledger.peak_running, capacity=capacity)
    else:
        peak = words.get("picture.figure.running_note", peak=ledger.peak_running)
    over = any(site.overflow for site in now.sites)
    cards.append(chrome.Card(words.get("picture.figure.running"), str(now.running), peak, over))
    cards.append(_rollback_card(ledger, step, words))
    return cards


def _rollback_card(ledger: Ledger, step: Step | None, words: Words) -> chrome.Card:
    if step is None:
        label = words.get("picture.figure.rollback")
        return chrome.Card(label, words.get("picture.figure.rollback_idle"), "")
    if step.rollback.kind is RollbackKind.NONE:
        return chrome.Card(
            words.get("picture.figure.rollback"), words.get("picture.figure.rollback_none"), "", alarm=True
        )
    kept = ledger.steps[step.number - 1]
    total = kept.contain + kept.restore
    value = words.duration(total)
    label = words.get("picture.figure.rollback_stages", n=kept.rollback)
    created = sum(stage.created for stage in step.rollback.stages)
    if not kept.fits:
        return chrome.Card(label, value, words.get("picture.not_fits"), alarm=True)
    if created:
        return chrome.Card(label, value, words.get("picture.figure.recreates", n=created))
    verbs = {move.verb for stage in step.rollback.stages for move in stage.moves}
    notes = {Verb.RESUME: "resumes", Verb.UPDATE: "updates", Verb.REMOVE: "removes"}
    note = next((words.get(f"picture.figure.{said}") for verb, said in notes.items() if verb in verbs), "")
    return chrome.Card(label, value, note)


# --- standing alone --------------------------------------------------------------------------------------------------


def symbols(sheets: Sheets) -> str:
    """The ``<defs>`` that all pictures of a page share: its icons, and the hatching of what is on standby."""
    return _defs(sheets, [name for name, _ in sheets.icons])


def _defs(sheets: Sheets, used: Iterable[str]) -> str:
    wanted = set(used)
    drawn = "".join(
        f'<symbol id="{name}" viewBox="0 0 96 96"><image href="{uri}" width="96" height="96"/></symbol>'
        for name, uri in sheets.icons
        if name in wanted
    )
    theme = THEMES[sheets.theme]
    hatch = (
        f'<pattern id="hatch-{theme.name}" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)">'
        f'<rect width="2.2" height="7" fill="{theme.edge}" opacity="0.42"/></pattern>'
    )
    return f"<defs>{hatch}{drawn}</defs>"


def document(frame: Frame, sheets: Sheets, *, transparent: bool = False, font: bool = True) -> str:
    """A picture as a whole SVG, with its icons and font inside.

    Args:
        frame: The picture.
        sheets: The pictures that it is one of.
        transparent: Leave out the background.
        font: Carry the font along; a renderer that has it does not need that.
    """
    from drawdeploy.picture import fonts

    width, height = number(frame.width), number(frame.height)
    face = f"<style>{fonts.font_face(sheets.characters)}</style>" if font else ""
    page = "" if transparent else f'<rect width="{width}" height="{height}" fill="{THEMES[sheets.theme].page}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{_spoken(frame.alt)}" font-family="{escape(fonts.STACK)}" lang="{sheets.lang}">\n'
        f"<title>{_spoken(frame.title)}</title>\n{face}{_defs(sheets, frame.icons)}\n{page}\n{frame.body}</svg>\n"
    )


def _spoken(text: str) -> str:
    """A text for those who hear the picture, whose characters may be any that XML has."""
    if text.isprintable():  # as good as always; compiling the expression takes 6 ms
        return escape(text)
    import re

    return escape(re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text))
