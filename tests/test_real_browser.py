"""What only a real browser can tell: the page runs without an error, asks for nothing, and its font is there.

Marked `real`: run by `.ci/run` with Chromium from Debian, or by hand with `pytest -m real`.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

pytestmark = pytest.mark.real

# Runs inside the page once it is done, and leaves what it saw in the document, which Chromium then prints.
PROBE = """
<script>
(() => {
  const seen = {errors: [], fonts: [], resources: [], policy: []};
  addEventListener('error', e => seen.errors.push(String(e.message || (e.target && e.target.outerHTML) || e)), true);
  addEventListener('unhandledrejection', e => seen.errors.push(String(e.reason)));
  addEventListener('securitypolicyviolation', e => seen.policy.push(e.violatedDirective + ' ' + e.blockedURI));
  addEventListener('load', async () => {
    await document.fonts.ready;
    await Promise.allSettled([...document.fonts].map(face => face.load()));
    seen.fonts = [...document.fonts].map(face => ({family: face.family, status: face.status}));
    seen.resources = performance.getEntriesByType('resource').map(e => e.name);
    // A frame may never come here, and with it no change of size: what is told of a scroll does the same.
    for (const one of document.querySelectorAll('.wide, .picture')) one.dispatchEvent(new Event('scroll'));
    seen.tables = [...document.querySelectorAll('.steps')].map(e => e.scrollWidth - e.parentElement.clientWidth);
    const wide = [...document.querySelectorAll('.wide, .picture')].filter(e => e.scrollWidth - e.clientWidth > 1);
    seen.marked = wide.filter(e => e.classList.contains('more')).length;
    seen.unmarked = wide.length - seen.marked;
    seen.width = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    seen.broken = [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src.slice(0, 80));
    seen.pictures = document.querySelectorAll('svg, img').length;
    seen.text = document.body.innerText.length;
    const out = document.createElement('pre');
    out.id = 'probe';
    out.textContent = JSON.stringify(seen);
    document.body.append(out);
  });
})();
</script>
"""


@dataclass(frozen=True)
class Browser:
    """A headless Chromium with a profile of its own, and no way out."""

    program: str
    profile: Path

    def run(self, page: Path, *flags: str) -> subprocess.CompletedProcess[str]:
        """Opens a page, does what the flags ask for, and ends."""
        quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
        quiet += ["--disable-background-networking", "--no-first-run", "--disable-component-update", "--disable-sync"]
        quiet += ["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", f"--user-data-dir={self.profile}"]
        line = [self.program, *quiet, "--virtual-time-budget=5000", *flags, page.as_uri()]
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=True, cwd=self.profile)

    def screenshot(self, page: Path, file: Path, width: int, height: int) -> None:
        self.run(page, f"--screenshot={file}", f"--window-size={width},{height}")


@pytest.fixture(scope="session")
def browser(require: Callable[..., str], tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return Browser(require("chromium", "chromium-browser", "google-chrome"), tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="session")
def output(command: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan in both languages, with everything that can be drawn."""
    folder = tmp_path_factory.mktemp("drawn") / "out"
    line = [str(command), "bluegreen", "--env", "hybrid", "--lang", "en,ko", "-o", str(folder)]
    subprocess.run(line, check=True, capture_output=True, timeout=120)
    return folder


def colours(file: Path) -> int:
    """How many colours a picture has; a page that failed to draw has one or two."""
    from PIL import Image

    with Image.open(file) as picture:
        return len(picture.convert("RGB").getcolors(picture.width * picture.height) or [])


def probed(report: Path, folder: Path) -> Path:
    """The page with the probe in it, away from the pictures beside it: the page must need none of them."""
    page = folder / "report.html"
    text = report.read_text(encoding="utf-8")
    at = re.search(r"<head[^>]*>", text)
    assert at, "the page has no head"
    # A policy of the page's own may forbid our probe; it is the page's resources that are on trial, so it is set aside.
    text = text[: at.end()] + PROBE + text[at.end() :]
    page.write_text(re.sub(r"<meta[^>]*Content-Security-Policy[^>]*>", "", text, flags=re.I), encoding="utf-8")
    return page


def test_report_runs_alone(browser: Browser, output: Path, tmp_path: Path) -> None:
    page = probed(output / "report.html", tmp_path)
    done = browser.run(page, "--dump-dom")
    hit = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert hit, f"the page never finished loading:\n{done.stderr[-2000:]}"
    seen = json.loads(unescape(hit[1]))
    assert seen["errors"] == []
    assert seen["broken"] == []
    assert [url for url in seen["resources"] if not url.startswith(("data:", "blob:"))] == []
    assert seen["fonts"] and {font["status"] for font in seen["fonts"]} == {"loaded"}
    assert seen["pictures"] >= 5
    assert seen["text"] > 500


def test_report_is_silent(browser: Browser, output: Path, tmp_path: Path) -> None:
    """The page as it is, with its own policy if it has one: nothing on the console."""
    page = tmp_path / "report.html"
    page.write_bytes((output / "report.html").read_bytes())
    done = browser.run(page, "--dump-dom")
    assert [line for line in done.stderr.splitlines() if ":CONSOLE" in line] == []


@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
def test_report_shows_something(browser: Browser, output: Path, tmp_path: Path, width: int) -> None:
    shot = tmp_path / "shot.png"
    browser.screenshot(output / "report.html", shot, width, 900)
    assert colours(shot) > 50


@pytest.mark.parametrize("width", [1280, 1200, 1024, 600])
def test_report_needs_no_sideways_scrolling(browser: Browser, output: Path, tmp_path: Path, width: int) -> None:
    """Neither the page nor the table of all steps; where a picture is wider than its place, a mark tells."""
    done = browser.run(probed(output / "report.html", tmp_path), "--dump-dom", f"--window-size={width},768")
    hit = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert hit, f"the page never finished loading:\n{done.stderr[-2000:]}"
    seen = json.loads(unescape(hit[1]))
    assert seen["width"] <= 0
    assert max(seen["tables"]) <= 0
    assert seen["unmarked"] == 0
    assert bool(seen["marked"]) == (width < 704)


def test_report_prints_a_step_a_page(browser: Browser, output: Path, tmp_path: Path) -> None:
    """Overview, table, four steps each with its way back, figures: no page for a last bullet."""
    file = tmp_path / "report.pdf"
    browser.run(output / "report.html", f"--print-to-pdf={file}", "--no-pdf-header-footer")
    assert len(re.findall(rb"/Type /Page\b", file.read_bytes())) == 7


def pictures(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.svg"))


def test_every_svg_draws(browser: Browser, output: Path, tmp_path: Path) -> None:
    """As documents of their own, not through our rasteriser: two programs agree that they are well-formed."""
    files = [file for file in pictures(output) if re.match(r"(00|02)-|overview", file.name)]
    assert len(files) >= 4
    for file in files:
        shot = tmp_path / f"{file.stem}.png"
        browser.screenshot(file, shot, 1200, 800)
        assert colours(shot) > 100, f"{file.name} shows next to nothing"


def test_installed_graphviz_places_the_same_things(require: Callable[..., str], command: Path, tmp_path: Path) -> None:
    """Another engine may place things elsewhere, but it places the same things, with the same plan."""
    require("dot")
    ids = {}
    for engine in ("auto", "dot"):
        folder = tmp_path / engine
        line = [
            str(command),
            "rollout",
            "--env",
            "hybrid",
            "-f",
            "svg,json",
            "--no-rollback",
            "--engine",
            engine,
            "-o",
            str(folder),
        ]
        subprocess.run(line, check=True, capture_output=True, timeout=120)
        ids[engine] = {
            file.name: set(re.findall(r'\bid="([^"]+)"', file.read_text("utf-8"))) for file in pictures(folder)
        }
        ids[engine]["plan"] = {(folder / "plan.json").read_text("utf-8")}
    assert len(ids["dot"]) > 5
    assert ids["dot"] == ids["auto"]
