"""PNGs are the same bytes everywhere, show every letter, and are drawn by processes that leave nothing behind."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from drawdeploy.errors import DrawDeployError, Exit
from drawdeploy.picture import fonts, icons, raster, workers

ROOT = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only there are forks used")


def svg(content: str = "", width: float = 100, height: float = 50) -> str:
    return f'<svg {ROOT} width="{width}" height="{height}" viewBox="0 0 {width} {height}">{content}</svg>'


def written(text: str, x: float = 5, size: float = 20) -> str:
    return f'<text x="{x}" y="30" font-family="{fonts.FAMILY}" font-size="{size}">{text}</text>'


def image(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


def ink(png: bytes) -> tuple[int, int, int, int] | None:
    """The box around everything that is drawn."""
    return image(png).getchannel("A").getbbox()


@pytest.mark.parametrize(
    ("scale", "size"), [(1.0, (100, 50)), (2.0, (200, 100)), (1.5, (150, 75)), (0.001, (1, 1)), (0.333, (33, 17))]
)
def test_size(scale: float, size: tuple[int, int]) -> None:
    png = raster.png(svg(), scale=scale)
    assert raster.png_size(png) == image(png).size == size


def test_a_picture_fills_its_pixels_at_every_scale() -> None:
    for scale in (0.5, 1.0, 1.7, 3.0):
        png = raster.png(svg('<rect width="100" height="50" fill="#2F6FDE"/>'), scale=scale)
        assert image(png).getextrema() == ((0x2F, 0x2F), (0x6F, 0x6F), (0xDE, 0xDE), (255, 255))


@pytest.mark.parametrize(
    ("background", "pixel"),
    [
        (None, (0, 0, 0, 0)),
        ("#1E9E4A", (0x1E, 0x9E, 0x4A, 255)),
        ("#ffffff", (255, 255, 255, 255)),
        ("#00000000", (0, 0, 0, 0)),
    ],
)
def test_background(background: str | None, pixel: tuple[int, ...]) -> None:
    assert image(raster.png(svg(), background=background)).getpixel((50, 25)) == pixel


def test_a_background_that_is_no_colour_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="rrggbb"):
        raster.png(svg(), background="url(x)")


@pytest.mark.parametrize("text", ["블루 그린 배포", "Switch", "확산 차단", "70 % · → ≈ …"])
def test_text_is_as_wide_as_it_was_measured(text: str) -> None:
    """Drawn between two strokes at the ends that the measure gives, it reaches both and passes neither."""
    width = fonts.width(text, 20)
    box = ink(raster.png(svg(written(text), 300), scale=4))
    assert box
    assert box[0] >= 5 * 4 - 4 and box[2] <= (5 + width) * 4 + 4
    assert box[2] - box[0] >= width * 4 * 0.85


def test_every_letter_of_a_text_is_its_own_and_not_a_box() -> None:
    """A letter that the font lacks is drawn as glyph 0; no two of these pictures may be alike, nor like that one."""
    pictures = [raster.png(svg(written(letter))) for letter in ("\ue000", *"블루그린배포대기복구Aagy0123·→")]
    assert len(set(pictures)) == len(pictures)


def test_a_character_reference_is_drawn_like_the_character() -> None:
    assert raster.png(svg(written("&#xBE14;&#47336;"))) == raster.png(svg(written("블루")))


def test_fonts_of_the_system_are_not_used() -> None:
    """A text in another family is not drawn at all, so that one of ours cannot be overlooked."""
    families = [f"{fonts.FAMILY}, DejaVu Sans, sans-serif", "DejaVu Sans, sans-serif"]
    ours, other = (raster.png(svg(written("Text").replace(fonts.FAMILY, family))) for family in families)
    assert ours == raster.png(svg(written("Text")))
    assert other == raster.png(svg())


def test_bold_is_a_stroke() -> None:
    bold = written("배포").replace("<text", f'<text stroke="#000" stroke-width="{20 * fonts.BOLD_STROKE}"')
    light, heavy = (
        ImageStat.Stat(image(raster.png(svg(text))).getchannel("A")).sum[0] for text in (written("배포"), bold)
    )
    assert 1.1 * light < heavy < 2 * light


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_a_scale_that_is_no_positive_number(scale: float) -> None:
    with pytest.raises(DrawDeployError, match="--scale") as caught:
        raster.png(svg(), scale=scale)
    assert caught.value.code == Exit.BAD_INPUT


def test_too_many_pixels_are_refused_with_the_largest_scale_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "MAX_PIXELS", 100_000)
    with pytest.raises(DrawDeployError, match="500 × 250 pixels is too large") as caught:
        raster.png(svg(), scale=5)
    found = re.search(r"--scale ([\d.]+)", caught.value.faults[0].hint)
    assert found
    assert raster.png(svg(), scale=float(found[1]))
    with pytest.raises(DrawDeployError):
        raster.png(svg(), scale=float(found[1]) + 0.02)


def test_what_is_no_svg_is_an_error_without_a_traceback() -> None:
    with pytest.raises(DrawDeployError, match="cannot be drawn"):
        raster.png("<svg")


# --- several --------------------------------------------------------------------------------------------------------

PICTURES = [svg(written(f"그림 {n}") + f'<rect width="{n}" height="9"/>') for n in range(9)]


def in_processes(code: str) -> str:
    """Runs code in a process of its own, that of the tests has threads. It is given the pictures as PICTURES."""
    lines = ["from drawdeploy.picture import raster, workers", f"PICTURES = {PICTURES!r}", code]
    environment = {**os.environ, "PYTHONPATH": str(Path(raster.__file__).parents[2])}
    command = [sys.executable, "-W", "error", "-c", "\n".join(lines)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout.strip()


# --- quickly ---------------------------------------------------------------------------------------------------------


def quickly(content: str, theme: str = "light", width: int = 200, height: int = 80) -> tuple[Image.Image, Image.Image]:
    """A picture of ours as ThorVG draws it, and as resvg does."""
    from drawdeploy.picture import frames, quick

    frame = frames.Frame("x", "step", 1, width, height, content, "alt", "title", ())
    sheets = frames.Sheets((frame,), (), "en", theme, "")
    document = frames.document(frame, sheets, font=False)
    size = (width * 2, height * 2)
    drawn = quick.png(document, *size)
    assert drawn is not None
    assert quick.size(document) == (width, height)
    other = raster.png(document.replace(' role="img"', ""), scale=2)
    assert image(drawn).size == image(other).size == size
    return image(drawn).convert("RGB"), image(other).convert("RGB")


def on_canvas(theme: str = "light") -> str:
    from drawdeploy.picture.canvas import Canvas
    from drawdeploy.picture.layout import Box
    from drawdeploy.picture.theme import THEMES

    canvas = Canvas(THEMES[theme])
    with canvas.group("pool", at=(3.3, 2), scale=0.9):
        canvas.rect(Box(8, 6, 180, 66), fill="#dfe8f5", line="#2F6FDE", width=2, radius=9)
        canvas.text(100, 24, "블루 그린 v1 → v2", bold=True)
        canvas.text(180, 42, "3 & <4> 'x'", anchor="end", size=11)
        canvas.pill(130, 60, "대기", fill="#1E9E4A", ink="#ffffff")
        with canvas.group(opacity=0.5):
            canvas.text(22, 40, "gone", strike=True)
        canvas.path("M10 70L190 70", line="#7A4FD0", width=3, dash="2 5")
        canvas.circle((90, 40), 7, fill="#c0392b")
    return canvas.body


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_draw_the_same(theme: str) -> None:
    """Letters, bold, ends and middles, lines through, dashes, groups."""
    ours, other = quickly(on_canvas(theme), theme)
    difference = ImageChops.difference(ours, other).convert("L")
    assert ImageStat.Stat(difference).mean[0] < 2
    small = difference.resize((difference.width // 8, difference.height // 8), Image.Resampling.BOX)
    assert small.getextrema()[1] < 40, "something of 4 × 4 units is elsewhere, or not there"


def test_hatching_is_striped_and_ends_at_the_round_corners() -> None:
    """Not compared with resvg's, whose tiles of whole pixels drift."""
    from drawdeploy.picture.canvas import Canvas
    from drawdeploy.picture.layout import Box
    from drawdeploy.picture.theme import THEMES

    canvas = Canvas(THEMES["light"])
    with canvas.group(at=(10, 7.5)):
        canvas.hatch(Box(20, 12, 140, 50), radius=12)
    ours, _ = quickly(canvas.body)
    paper = ours.getpixel((0, 0))
    drawn = ImageChops.difference(ours, Image.new("RGB", ours.size, paper)).convert("L").point(lambda v: 255 * (v > 8))
    left, top, right, bottom = 2 * 30, 2 * 19.5, 2 * 170, 2 * 69.5
    box = drawn.getbbox()
    assert box and all(abs(a - b) <= 2 for a, b in zip(box, (left, top, right, bottom), strict=True))
    covered = ImageStat.Stat(drawn.crop(box)).mean[0] / 255
    assert 2.2 / 7 * 0.95 < covered < 2.2 / 7 * 1.35  # edges are counted whole
    for corner in ((left, top), (right - 5, top), (left, bottom - 5), (right - 5, bottom - 5)):
        assert drawn.crop((*map(int, corner), int(corner[0]) + 5, int(corner[1]) + 5)).getbbox() is None


def test_what_may_be_unknown_is_drawn_by_the_other() -> None:
    from drawdeploy.picture import frames, quick

    sheets = frames.Sheets((), (), "en", "light", "")
    for content in (
        '<text x="1" y="2">no size</text>',
        '<rect x="0" y="0" width="9" height="9" fill="url(#other)"/>',
        '<pattern id="p"/>',
    ):
        frame = frames.Frame("x", "step", 1, 20, 20, content, "", "", ())
        document = frames.document(frame, sheets, font=False)
        assert quick.png(document, 20, 20) is None
        assert raster.png_size(raster.png(document)) == (20, 20)


def test_without_that_library_the_other_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    from drawdeploy.picture import frames, quick

    frame = frames.Frame("x", "step", 1, 200, 80, on_canvas(), "", "", ())
    document = frames.document(frame, frames.Sheets((frame,), (), "en", "light", ""), font=False)
    monkeypatch.setattr(quick, "load", lambda: None)
    assert raster.png(document, scale=2) == raster.png(document.replace(' role="img"', ""), scale=2)
    assert len(raster.png_many([document] * 3)) == 3


def test_transparent_pixels_keep_their_colour() -> None:
    from drawdeploy.picture import frames, quick

    content = '<rect x="0" y="0" width="9" height="20" fill="#2F6FDE" opacity="0.5"/>'
    frame = frames.Frame("x", "step", 1, 20, 20, content, "", "", ())
    document = frames.document(frame, frames.Sheets((), (), "en", "light", ""), transparent=True, font=False)
    drawn = quick.png(document, 20, 20)
    assert drawn is not None
    red, green, blue, alpha = image(drawn).getpixel((4, 9))
    assert (abs(red - 0x2F) < 3, abs(green - 0x6F) < 3, abs(blue - 0xDE) < 3, 126 <= alpha <= 129) == (True,) * 4
    assert image(drawn).getpixel((15, 9))[3] == 0


@LINUX
def test_drawing_here_leaves_no_thread_behind() -> None:
    """A process with threads is not forked."""
    code = """
    import os
    from drawdeploy.picture import frames
    frame = frames.Frame("x", "step", 1, 900, 800, "<rect x='0' y='0' width='900' height='700'/>", "", "", ())
    document = frames.document(frame, frames.Sheets((), (), "en", "light", ""), font=False)
    raster.png(document)
    print(len(os.listdir("/proc/self/task")))
    """
    assert in_processes(f"if True:{code}") == "1"


@LINUX
@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_many_are_the_same_as_one_by_one(jobs: int) -> None:
    code = """
    with raster.begin(PICTURES, scale=1.5, background="#ffffff", jobs=JOBS) as pending:
        print(type(pending).__name__)
        assert pending.result() == [raster.png(one, scale=1.5, background="#ffffff") for one in PICTURES]
    """
    assert in_processes(f"JOBS = {jobs}\nif True:{code}") == ("_Here" if jobs == 1 else "_Forks")


def test_nothing_to_draw() -> None:
    assert raster.png_many([]) == []


@LINUX
def test_what_a_process_does_not_deliver_is_drawn_here() -> None:
    """It may be killed for want of memory, or be allowed no more processes."""
    code = """
    import os, signal
    expected = [raster.png(one) for one in PICTURES]
    parent, real = os.getpid(), raster.png
    def dying(text, **settings):
        if os.getpid() != parent and text == PICTURES[4]:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(text, **settings)
    raster.png = dying
    assert raster.png_many(PICTURES, jobs=2) == expected
    def refused():
        raise BlockingIOError(11, "no more")
    os.fork = refused
    assert raster.png_many(PICTURES, jobs=2) == expected
    """
    in_processes(f"if True:{code}")


@LINUX
def test_a_fault_in_one_of_many_is_told_here() -> None:
    code = """
    from drawdeploy.errors import DrawDeployError
    try:
        raster.png_many([*PICTURES, PICTURES[0].replace('width="100"', 'width="99999999"')], jobs=2)
    except DrawDeployError as error:
        print(error.faults[0].message[-60:])
    """
    assert "megapixels" in in_processes(f"if True:{code}")


@LINUX
def test_giving_up_ends_the_processes_at_once() -> None:
    code = """
    import os, time
    real = raster.png
    def slow(text, **settings):
        time.sleep(60)
    raster.png = slow
    try:
        with raster.begin(PICTURES, jobs=3):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    try:
        os.waitpid(-1, os.WNOHANG)
        print("a child is left")
    except ChildProcessError:
        print("none is left")
    """
    assert in_processes(f"if True:{code}") == "none is left"


@LINUX
def test_processes_end_when_their_parent_is_killed() -> None:
    code = f"""if True:
    import time
    from drawdeploy.picture import raster, workers
    real = raster.png
    def slow(text, **settings):
        time.sleep(0.2)
        return real(text, **settings)
    raster.png = slow
    with raster.begin({PICTURES!r} * 100, jobs=2) as pending:
        print(*(pid for pid, _ in pending._workers), flush=True)
        pending.result()
    """
    environment = {**os.environ, "PYTHONPATH": str(Path(raster.__file__).parents[2])}
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout
    pids = list(map(int, parent.stdout.readline().split()))
    assert len(pids) == 2
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "they are still there"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_new_processes_give_the_same_where_forks_are_not_safe() -> None:
    job = raster.png
    with workers._Spawned(job, PICTURES[:2], 2) as pending:
        assert pending.result() == [raster.png(one) for one in PICTURES[:2]]


def test_a_program_that_is_not_ours_is_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's script without `if __name__ == "__main__"` would draw everything again in each new process."""
    monkeypatch.setattr(workers, "can_fork", lambda: False)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "/home/user/script.py", raising=False)
    monkeypatch.setattr(sys.modules["__main__"], "__package__", None, raising=False)
    assert isinstance(workers.begin_all(raster.png, PICTURES, 4), workers._Here)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "/usr/bin/drawdeploy", raising=False)
    assert workers._can_spawn()


# --- icons ----------------------------------------------------------------------------------------------------------


def test_icons_are_brought_to_size() -> None:
    uri = icons.data_uri("aws.compute.EC2")
    assert uri.startswith("data:image/png;base64,")
    import base64

    png = base64.b64decode(uri.partition(",")[2])
    assert max(image(png).size) == icons.LARGEST
    assert len(png) < 15_000


def test_a_smaller_icon_is_as_clean_as_with_the_best_filter() -> None:
    """One step from 300 pixels to 96 would give twice the difference."""
    from drawdeploy.resources import icon_file

    for dotted in ("onprem.network.HAProxy", "aws.compute.EC2", "onprem.database.PostgreSQL"):
        original = icon_file(dotted).read_bytes()
        ours = image(icons.shrink(original))
        best = image(original).resize(ours.size, Image.Resampling.LANCZOS)
        white = Image.new("RGBA", ours.size, "white")
        pictures = [Image.alpha_composite(white, one).convert("L") for one in (ours, best)]
        assert ImageStat.Stat(ImageChops.difference(*pictures)).mean[0] < 3


SMALL = sorted((Path(raster.__file__).parent / "small").glob("*.png"))


def used_icons() -> set[str]:
    """Those that the built-in drawings name."""
    from drawdeploy import resources

    named = re.compile(r"(?:icon|compute): ([a-z0-9]+(?:\.[a-z0-9_]+)+\.[A-Za-z0-9]+)")
    files = resources.folder("drawings").rglob("*.yaml")
    return {name for path in files for name in named.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.skipif(os.environ.get("DRAWDEPLOY_GOLDEN") != "write", reason="only on demand")
def test_write_small_icons() -> None:
    folder = Path(raster.__file__).parent / "small"
    for path in SMALL:
        path.unlink()
    for name in used_icons():
        (folder / f"{name}.png").write_bytes(icons._shrunk(icons.icon_file(name)))


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_small_icons_are_those_of_the_library(path: Path) -> None:
    """If this fails, the library has other pictures: DRAWDEPLOY_GOLDEN=write."""
    made, kept = image(icons._shrunk(icons.icon_file(path.stem))), image(path.read_bytes())
    assert made.size == kept.size
    assert max(high for _, high in ImageChops.difference(made, kept).getextrema()) <= 2  # other processors round so


def test_most_icons_of_our_drawings_lie_ready() -> None:
    """One that is missing costs 4 ms of a run; nothing else."""
    ready = {path.stem for path in SMALL}
    assert len(used_icons() & ready) >= 0.8 * len(used_icons()) > 0


@LINUX
def test_icons_that_were_prepared_are_the_same_and_a_wrong_name_is_told_when_it_is_asked_for() -> None:
    code = """
    from drawdeploy.picture import icons
    from drawdeploy.errors import DrawDeployError
    names = ["aws.compute.EC2", "aws.ar.Sumerian", "gcp.ml.Automl", "onprem.vcs.Gitlab"]
    expected = [icons._uri(icons._make(name)) for name in names]
    from drawdeploy.picture.aside import Aside
    with Aside(icons.load) as beside:
        icons.prepare(names, beside)
        icons.prepare(["aws.compute.Wrong", *names], beside)
        assert [icons.data_uri(name) for name in names] == expected
        try:
            icons.data_uri("aws.compute.Wrong")
        except DrawDeployError as error:
            print(error.faults[0].message)
    """
    assert in_processes(f"if True:{code}") == "unknown icon 'aws.compute.Wrong'"


@pytest.mark.parametrize(("size", "expected"), [((40, 20), (40, 20)), ((400, 100), (96, 24)), ((97, 97), (96, 96))])
def test_proportions_of_icons(size: tuple[int, int], expected: tuple[int, int]) -> None:
    drawn = raster.png(svg('<circle cx="9" cy="9" r="9"/>', *size))
    small = icons.shrink(drawn)
    assert raster.png_size(small) == expected
    assert (small == drawn) == (size == expected)


def test_what_is_no_png() -> None:
    with pytest.raises(ValueError, match="not a PNG"):
        icons.shrink(b"GIF89a")
    with pytest.raises(DrawDeployError, match="unknown icon"):
        icons.data_uri("aws.compute.NoSuchThing")
