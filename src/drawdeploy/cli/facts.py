"""What the commands print, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from drawdeploy import api
from drawdeploy.api import options
from drawdeploy.api.table import Row, align
from drawdeploy.errors import Exit
from drawdeploy.value import Value
from drawdeploy.words import LANGUAGES, Words

if TYPE_CHECKING:
    from drawdeploy.api.catalogue import Entry
    from drawdeploy.api.health import Finding

NO_COLUMN: frozenset[int] = frozenset()


class Line(Value):
    """A line to print."""

    text: str
    heading: bool = False


LISTS = ("strategies", "environments", "sites", "icons")
"""What `drawdeploy list` knows."""


def listing(lang: str, what: str = "", search: str = "") -> Iterator[Line]:
    """The lines of `drawdeploy list`.

    Args:
        lang: Language.
        what: One of `LISTS`; all but the icons if not given.
        search: Words that must occur in what is listed.
    """
    words = Words(lang)
    if what == "icons":
        yield from (Line(name) for name in api.icons(search))
        return
    lists = {"strategies": api.strategies, "environments": api.environments, "sites": api.sites}
    for key in [what] if what else lists:
        entries = [entry for entry in lists[key](lang) if _holds(entry, search)]
        if search and not entries:
            continue
        yield Line(words.get(f"cli.list.{key}"), heading=True)
        widest = max((len(entry.name) for entry in entries), default=0)
        for entry in entries:
            yield Line(f"  {entry.name:<{widest}}  {entry.title}")
            yield Line(f"  {'':<{widest}}  {entry.summary}")
            rows = [Row(("", f"{'':<{widest}}", *detail)) for detail in entry.details]
            yield from (Line(line) for line in align(rows, NO_COLUMN))
        yield Line("")
    if what or search:
        return
    yield Line(f"{words.get('cli.list.languages')}: {', '.join(LANGUAGES)}")
    yield Line(f"{words.get('cli.list.formats')}: {', '.join(options.FORMATS)}")


def _holds(entry: Entry, search: str) -> bool:
    said = " ".join([entry.name, entry.title, entry.summary, *(" ".join(detail) for detail in entry.details)]).lower()
    return all(word in said for word in search.lower().split())


def doctor(lang: str) -> tuple[list[Line], int]:
    """The lines of `drawdeploy doctor`, and its exit code."""
    from platform import platform, python_version

    from drawdeploy import __version__
    from drawdeploy.api.health import health

    words = Words(lang)
    findings = health(lang)
    usable = not any(finding.needed and not finding.ok for finding in findings)
    lines = [Line(f"drawdeploy {__version__} · Python {python_version()} · {platform(terse=True)}"), Line("")]
    for area, group in groupby(findings, key=lambda finding: finding.area):
        lines.append(Line(words.get(f"cli.doctor.{area}"), heading=True))
        lines += (Line(line) for line in align([_checked(one, words) for one in group], NO_COLUMN))
    verdict = "missing" if not usable else "ready" if all(finding.ok for finding in findings) else "usable"
    lines += [Line(""), Line(words.get(f"cli.doctor.{verdict}"), heading=True)]
    return lines, Exit.OK if usable else Exit.FAILED


def _checked(finding: Finding, words: Words) -> Row:
    mark = "✓" if finding.ok else "✗" if finding.needed else "–"
    said = finding.detail
    if finding.ok and finding.area == "icons":
        said = words.get("cli.doctor.icon_count", count=int(finding.detail))
    elif finding.ok and finding.area == "raster":
        said = words.get("cli.doctor.works")
    if finding.get:
        said = " · ".join(part for part in (said, words.get("cli.doctor.get", line=finding.get)) if part)
    return Row((f"  {mark}", *([finding.name] if finding.name else []), said))


def stages(seconds: Iterable[tuple[str, float]], peak: int, lang: str) -> list[str]:
    """How long each stage took, and how much memory was needed."""
    words = Words(lang)
    taken = list(seconds)
    rows = [Row((words.get(f"cli.stage.{stage}"), f"{time * 1000:,.0f} ms")) for stage, time in taken]
    rows.append(Row((words.get("cli.stage.total"), f"{sum(time for _, time in taken) * 1000:,.0f} ms")))
    if peak:
        rows.append(Row((words.get("cli.stage.memory"), f"{peak / 2**20:,.0f} MiB")))
    return align(rows, frozenset({1}))


_FIRST = (
    ("report", ".html"),
    ("compare", ".html"),
    ("overview", ".png"),
    ("overview", ".svg"),
    ("report", ".md"),
    ("compare", ".md"),
)


def first(files: Iterable[str]) -> str:
    """The file to look at first."""
    names = list(files)
    for stem, suffix in _FIRST:
        for name in names:
            if name.startswith(stem) and name.endswith(suffix):
                return name
    return names[0]


def wrote(drawing: api.Drawing, folder: Path, lang: str) -> str:
    """What was written, and where to look."""
    return wrote_names(list(drawing.files), folder, lang)


def wrote_names(names: list[str], folder: Path, lang: str) -> str:
    """The same for any files."""
    words = Words(lang)
    head = words.get("cli.wrote", count=len(names), folder=str(folder))
    return f"{head}: {words.get('cli.look', file=str(folder / first(names)))}"
