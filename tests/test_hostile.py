"""Names and descriptions of people who mean harm, or whose keyboards slip: drawn safely, or refused clearly."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest

from drawdeploy import cli

SVG = "{http://www.w3.org/2000/svg}"

# Refused: what was given, and what the message says of it.
REFUSED = [
    ("", "is empty"),
    ("   ", "is empty"),
    ("a\nb", "a line break"),
    ("a\r\nb", "a line break"),
    ("a\tb", "a tab"),
    ("x" * 300, "has 300 characters"),
    ("é" * 65, "has 65 characters"),
    ("evil\u202egpj", "turns the direction of reading (U+202E)"),
    ("\u2067evil\u2069", "turns the direction of reading (U+2067)"),
    ("a\u200fb", "an invisible character (U+200F)"),
    ("a\u200bb", "an invisible character (U+200B)"),
    ("a\x1b[31mb", "an invisible character (U+001B)"),
    ("a\x07b", "an invisible character (U+0007)"),
    ("a\ufffeb", "an invisible character (U+FFFE)"),
    ("a\udcffb", "an invisible character (U+DCFF)"),
    ("a\u2028b", "an invisible character (U+2028)"),
]


OPTIONS = ["--service", "--old", "--new", "--title", "--author"]
MAY_BE_EMPTY_AND_LONG = {"--title", "--author"}
CASES = [
    (option, name, what)
    for option in OPTIONS
    for name, what in REFUSED
    if not (option in MAY_BE_EMPTY_AND_LONG and ("empty" in what or "65" in what))
]


@pytest.mark.parametrize(
    ("option", "name", "what"), CASES, ids=[f"{option}={ascii(name)[:24]}" for option, name, _ in CASES]
)
def test_refused_in_a_clear_line(
    option: str,
    name: str,
    what: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["bluegreen", option, name]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"{option}: ")
    assert what in said.err or (option in {"--old", "--new"} and "characters" in said.err)
    assert said.out == ""
    # Nothing of it reaches the terminal as it is.
    assert not re.search("[\x00-\x09\x0b-\x1f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufffe\ud800-\udfff]", said.err)
    assert len(said.err.splitlines()) == 2
    assert max(map(len, said.err.splitlines())) < 200
    assert list(tmp_path.iterdir()) == []


# Drawn: all of these can stand on a picture.
DRAWN = [
    "<script>alert(1)</script>",
    "</text></svg><script>x</script>",
    "</script><img src=x onerror=x>",
    "<!-- ]]> &lt;&#0;&amp;",
    "\"'`$(rm -rf) ;|&>",
    "../../../etc/passwd",
    "/etc/passwd",
    "C:\\Windows\\..\\con",
    "{{ 7 * 7 }} {% raw %} {# x #}",
    "%s %d {0} \\n \\1 ${HOME}",
    "[a](javascript:x) **b** | `c`",
    'label=<b>x</b>"];a->b[',
    "쇼핑몰 \U0001f680\U0001f468\u200d\U0001f469\u200d\U0001f467 é",
    "שלום مرحبا \U00010348",
    "-o",
    "." * 30,
    "W" * 32,
]


class Page(HTMLParser):
    """What a browser would make of a page: its elements, attributes and the text outside scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.scripts: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    handle_startendtag = handle_starttag

    def handle_data(self, data: str) -> None:
        (self.scripts if self.tags and self.tags[-1] == "script" else self.text).append(data)


def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Path:
    """Draws a little into `out`, and nothing anywhere else."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    line = ["bluegreen", *arguments, "--steps", "2", "-o", "out", "-f", "svg,md,html,json", "-q", "--debug"]
    assert cli.run(line) == 0
    assert os.listdir(tmp_path) == ["here"]
    assert os.listdir(folder) == ["out"]
    return folder / "out"


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of a harmless name."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = drawn(tmp_path_factory.mktemp("usual"), monkeypatch, "--title", "shop", "--author", "me")
    return Page((folder / "report.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", DRAWN, ids=[ascii(name)[:24] for name in DRAWN])
def test_drawn_safely(name: str, usual: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a name becomes markup, code, or a path; the same files come out as for any other name."""
    given = [f"--service={name}", f"--old={name[:31]}1", f"--new={name[:31]}2", f"--title={name}", f"--author={name}"]
    folder = drawn(tmp_path, monkeypatch, *given)
    names = sorted(file for file in os.listdir(folder) if not file.startswith("."))
    pictures = [file for file in names if file.endswith(".svg")]
    assert len(pictures) >= 3
    assert all(re.fullmatch(r"[a-z0-9.-]+", file) for file in names)
    for picture in pictures:
        root = ET.parse(folder / picture).getroot()
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags.isdisjoint({"script", "foreignObject", "iframe", "a"}), picture
        for element in root.iter():
            assert not [key for key in element.attrib if key.lower().startswith("on")], picture

    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    assert sorted(set(page.tags)) == sorted(set(usual.tags))
    assert page.tags.count("script") == usual.tags.count("script")
    # What the player tells of is data; it can neither run nor end its element.
    told = [script for script in page.scripts if script.startswith("{")]
    assert [script for script in page.scripts if script not in told] == [
        script for script in usual.scripts if not script.startswith("{")
    ]
    assert told and all("<" not in script and json.loads(script) for script in told)
    assert not [key for key, _ in page.attributes if key.startswith("on")]
    assert not [value for _, value in page.attributes if "javascript:" in value.lower().replace(name.lower(), "")]

    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert plan["service"]["name"] == name
    report = (folder / "report.md").read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)<script|(?<!\\)\]\(javascript:", report.lower())  # a backslash makes it text


def test_a_name_is_not_a_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = drawn(tmp_path, monkeypatch, "--service", "{{ 6 * 7 }}", "--new", "{{ 6 * 7 }}")
    for name in ("report.md", "report.html", "plan.json", "02-switch-traffic.svg"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "6 * 7" in text.replace("\\", ""), name
        assert not re.search(r">\s*42\s*<|\b42 ", text), name


# --- descriptions ----------------------------------------------------------------------------------------------------

STRATEGY = """\
apiVersion: drawdeploy/v1
kind: Strategy
name: mine
title: {en: Mine, ko: 나의 것}
summary: {en: One move., ko: 한 번에.}
pools:
  old: {revision: old, begin: all}
  new: {revision: new}
steps:
- id: swap
  title: {en: Swap, ko: 교체}
  text: {en: It swaps., ko: 바꿉니다.}
  who:
    operator: {en: swaps, ko: 교체}
  do:
  - create: {pool: new, count: replicas}
  - route: {weights: {old: 0, new: 100}}
  - remove: {pool: old}
"""

HOSTILE = [
    ("name: mine", "name: ../../mine"),
    ("name: mine", "name: draw"),
    ("name: mine", "name: 'a b'"),
    ("id: swap", "id: ../swap"),
    ("id: swap", "id: swap/../../x"),
    ("id: swap", f"id: {'s' * 300}"),
    ("en: Swap,", "en: \"{{ ''.__class__.__mro__ }}\","),
    ("en: Swap,", "en: '{% for x in range(1000000000) %}x{% endfor %}',"),
    ("en: Swap,", "en: \"{{ 'x' * 1000000000 }}\","),
    ("count: replicas", "count: 10 ** 100000000"),
    ("count: replicas", 'count: "().__class__"'),
    ("count: replicas", "count: cycler.__init__.__globals__"),
    ("kind: Strategy", "kind: !!python/object/apply:os.system [id]"),
    ("title: {", "title: &a [*a, *a]\nx: {"),
    ("steps:", "steps: " + "[" * 2000),
]


@pytest.mark.parametrize(("old", "new"), HOSTILE, ids=[new[:30] for _, new in HOSTILE])
def test_a_hostile_description_is_refused_with_its_place(
    old: str, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert old in STRATEGY
    Path("mine.yaml").write_text(STRATEGY.replace(old, new), encoding="utf-8")
    assert cli.run(["draw", "./mine.yaml", "-f", "svg"]) == 2
    said = capsys.readouterr()
    # A text is worked out late, when its place is not known any more; then the text itself says where.
    assert re.match(r"\./mine\.yaml:\d+:\d+: |drawdeploy: '\{\{ '.*cannot be worked out: ", said.err), said.err
    assert "should not happen" not in said.err
    assert os.listdir(tmp_path) == ["mine.yaml"]


def test_that_description_is_good_when_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps the test above from passing for a fault of its own."""
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(STRATEGY, encoding="utf-8")
    assert cli.run(["./mine.yaml", "-f", "json", "-q"]) == 0


def test_markup_in_a_description_stays_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    evil = "<script>x</script>"
    text = STRATEGY.replace("en: Swap,", f"en: {evil},").replace("en: It swaps.,", f"en: {evil}&amp;,")
    Path("mine.yaml").write_text(text, encoding="utf-8")
    assert cli.run(["./mine.yaml", "-f", "svg,html,md", "-o", "out", "-q"]) == 0
    for picture in Path("out").glob("*.svg"):
        assert not [element for element in ET.parse(picture).iter() if element.tag == f"{SVG}script"]
    assert evil not in Path("out/report.html").read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)<script", Path("out/report.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "/dev/null", ".", "..", "./", "/", "a\0b.yaml", "x" * 5000 + ".yaml"]
)
def test_what_is_no_description_is_refused(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["draw", target]) == 2
    said = capsys.readouterr()
    assert "should not happen" not in said.err
    assert "Traceback" not in said.err


def test_standard_input_is_a_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from io import BytesIO, TextIOWrapper

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(STRATEGY.encode()), encoding="utf-8"))
    assert cli.run(["plan", "-"]) == 0
    assert "Swap" in capsys.readouterr().out
