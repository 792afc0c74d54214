"""Formats for other programs: well formed, complete, the same on every run, and open in real programs (`real`)."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import drawdeploy
from drawdeploy import cli
from drawdeploy.exports import BUILT_IN, dot, mermaid, pdf
from drawdeploy.picture.shapes import shapes

EVIL = '"><script>x</script> #{x} \\ ]] | `a` &amp; 한글'


ENDINGS = {"mermaid": (".mmd",), "dot": (".dot", ".png")}


@cache
def everything(name: str, run: int = 1) -> dict[str, bytes]:
    """All files of all formats for a blue-green deployment in a hybrid cloud; ``run`` tells one run from another."""
    drawing = drawdeploy.draw("bluegreen", env="hybrid", service=name, title=name, formats=BUILT_IN, lang="ko")
    return dict(drawing.make())


def files(kind: str, name: str = "shop") -> dict[str, bytes]:
    """The files of one format."""
    return {file: data for file, data in everything(name).items() if file.endswith(ENDINGS.get(kind, (f".{kind}",)))}


@cache
def frames(name: str = "shop") -> tuple[Any, ...]:
    return tuple(drawdeploy.draw("bluegreen", env="hybrid", service=name, title=name, lang="ko").frames)


def test_a_picture_taken_apart_has_everything_that_was_drawn() -> None:
    for frame in frames():
        found = shapes(frame)
        assert sum(shape.kind == "text" for shape in found) == frame.body.count("<text")
        assert sum(shape.kind == "icon" for shape in found) == frame.body.count("<use")
        assert sum(shape.kind == "rect" for shape in found) == frame.body.count("<rect")
        for shape in found:
            assert shape.box.x >= -8 and shape.box.bottom <= frame.height + 8, shape


def test_two_runs_give_the_same_bytes() -> None:
    assert everything("shop", 2) == everything("shop")
    assert all(files(kind) for kind in BUILT_IN)


@pytest.mark.parametrize("kind", BUILT_IN)
def test_no_name_breaks_a_format(kind: str) -> None:
    made = files(kind, EVIL)
    assert made.keys() == files(kind).keys()


def test_unknown_formats_name_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bluegreen", "-f", "pptxx"]) == 2
    assert "did you mean 'pptx'?" in capsys.readouterr().err


# --- draw.io ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shop", EVIL])
def test_drawio_has_a_page_a_step_with_attached_connectors(name: str) -> None:
    root = ET.fromstring(files("drawio", name)["plan.drawio"])
    pages = root.findall("diagram")
    steps = [frame.name for frame in frames(name) if frame.kind in ("start", "step")]
    assert [page.get("name") for page in pages] == steps
    for page in pages:
        cells = page.findall(".//mxCell")
        ids = [cell.get("id") for cell in cells]
        assert len(ids) == len(set(ids))
        assert all(cell.get("parent") in ids for cell in cells[1:])
        edges = [cell for cell in cells if cell.get("edge") == "1"]
        joined = [edge for edge in edges if edge.get("source") and edge.get("target")]
        assert len(joined) >= 4
        assert all(edge.get(end) in ids for edge in joined for end in ("source", "target"))
        for cell in cells:
            if "shape=image" in (cell.get("style") or ""):
                assert re.search(r"image=data:image/png,[A-Za-z0-9+/=]+;", cell.get("style", ""))


def test_drawio_stands_where_the_picture_does() -> None:
    page = ET.fromstring(files("drawio")["plan.drawio"]).find("diagram[@id='02-switch-traffic']")
    assert page is not None
    texts = {cell.get("value") for cell in page.iter("mxCell")}
    drawn = next(frame for frame in frames() if frame.name == "02-switch-traffic")
    assert {shape.text for shape in shapes(drawn) if shape.kind == "text"} <= texts
    model = page.find("mxGraphModel")
    assert model is not None and model.get("pageWidth") == f"{drawn.width:g}"


def test_corners_of_a_rounded_path_are_one_point_each() -> None:
    from drawdeploy.picture.canvas import elbow
    from drawdeploy.picture.shapes import _corners

    points = [(0.0, 0.0), (20.0, 0.0), (20.0, 40.0), (60.0, 40.0)]
    assert list(_corners(elbow(points))) == points


# --- text formats ----------------------------------------------------------------------------------------------------


def test_texts_cannot_break_out() -> None:
    assert '"' not in mermaid.escaped(EVIL) and "<" not in mermaid.escaped(EVIL) and "|" not in mermaid.escaped(EVIL)
    assert pdf.quoted('a"b\\c\n') == '"a\\"b\\\\c "'
    assert dot.quoted('a"b\\') in ('"a\\"b\\\\"', '"a\\"b\\\\"')


def test_mermaid_says_what_the_picture_says() -> None:
    text = files("mermaid")["02-switch-traffic.mmd"].decode()
    assert "flowchart LR" in text
    assert text.count("subgraph") == 2 == text.count("  end")
    assert "100#160;%" in text or "100" in text


def test_dot_lays_out_and_names_only_files_beside_it() -> None:
    from drawdeploy.picture.engine import layout_svg

    made = files("dot")
    text = made["02-switch-traffic.dot"].decode()
    pictures = re.findall(r'image="?([^"\s]+)"?', text)
    assert pictures and all(name in made and "/" not in name for name in pictures)
    assert "<svg" in layout_svg(re.sub(r" image=\S+ labelloc=b imagepos=tc", "", text))


def test_text_draws_every_pool() -> None:
    text = files("txt")["plan.txt"].decode()
    assert text.count("■■■") >= 4 and "▨▨▨" in text
    assert all(len(line) < 400 for line in text.splitlines())


# --- documents -------------------------------------------------------------------------------------------------------


def test_slides_have_real_shapes_and_notes() -> None:
    import pptx

    made = pptx.Presentation(BytesIO(files("pptx")["slides.pptx"]))
    steps = [frame for frame in frames() if frame.kind in ("start", "step", "rollback")]
    assert len(made.slides) == 1 + len(steps)
    second = made.slides[3]
    texts = {shape.text_frame.text for shape in second.shapes if shape.has_text_frame}
    assert {"blue-1", "green-3"} <= texts
    assert sum(shape.shape_type == 13 for shape in second.shapes) >= 10  # pictures: the icons
    assert "↩" in second.notes_slide.notes_text_frame.text


def test_word_has_a_caption_for_every_picture() -> None:
    import docx

    made = docx.Document(BytesIO(files("docx")["report.docx"]))
    captions = [p.text for p in made.paragraphs if p.style.name == "Caption"]
    assert [text.split(":")[0] for text in captions] == [f"그림 {n}" for n in range(1, len(captions) + 1)]
    assert len(captions) == len(made.inline_shapes) == len(frames())


def test_archives_have_no_times() -> None:
    for kind in ("pptx", "docx"):
        for data in files(kind).values():
            with zipfile.ZipFile(BytesIO(data)) as archive:
                assert {info.date_time[0] for info in archive.infolist()} == {1980}


@pytest.mark.parametrize("kind", ["gif", "webp", "apng"])
def test_animations_have_a_frame_a_step(kind: str) -> None:
    from PIL import Image

    with Image.open(BytesIO(files(kind)[f"steps.{kind}"])) as image:
        assert getattr(image, "n_frames", 1) == sum(frame.kind in ("start", "step") for frame in frames())
        assert image.width <= 1280


# --- real programs ---------------------------------------------------------------------------------------------------


@pytest.mark.real
@pytest.mark.parametrize("kind", ["pptx", "docx"])
def test_libreoffice_opens_it(kind: str, require: Callable[..., str], tmp_path: Path) -> None:
    program = require("soffice", "libreoffice")
    poppler = require("pdftotext")
    for name, data in files(kind).items():
        (tmp_path / name).write_bytes(data)
        line = [program, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf"]
        subprocess.run(
            [*line, "--outdir", str(tmp_path), name], cwd=tmp_path, check=True, capture_output=True, timeout=180
        )
        told = subprocess.run([poppler, f"{Path(name).stem}.pdf", "-"], cwd=tmp_path, check=True, capture_output=True)
        assert "블루" in told.stdout.decode()


@pytest.mark.real
def test_poppler_reads_the_pdf(require: Callable[..., str], tmp_path: Path) -> None:
    require("pdftotext")
    (tmp_path / "report.pdf").write_bytes(files("pdf")["report.pdf"])
    told = subprocess.run([require("pdftotext"), "report.pdf", "-"], cwd=tmp_path, check=True, capture_output=True)
    assert "그린(v2)으로 트래픽 전환" in told.stdout.decode()
    fonts = subprocess.run(
        [require("pdffonts"), "report.pdf"], cwd=tmp_path, check=True, capture_output=True
    ).stdout.decode()
    rows = [line.split() for line in fonts.splitlines()[2:]]
    assert rows and all("NotoSansKR" in row[0] and "yes" in row for row in rows)


def test_one_data_file_is_enough_to_read_a_plan() -> None:
    """`json` stays what it was, whatever else is asked for."""
    made = drawdeploy.draw("bluegreen", formats=("json", "txt")).make()
    assert sorted(made) == ["plan.json", "plan.txt"]
    assert json.loads(made["plan.json"])["schema"].startswith("drawdeploy/plan/")
