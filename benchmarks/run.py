"""Measures drawdeploy against a hand-written script that draws the same five pictures. See README.md beside this file.

    python benchmarks/run.py [--rounds 7] [--check]

Both sides run in turn, each as a whole process from its start to its end, with an output folder and a cache folder of
its own that are new and empty every time. Each waits for the rest of the machine to be quiet; a pair that others
disturbed is measured again, or told if they do not stop. The table goes to standard output; nothing else is written.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPT = [sys.executable, str(HERE / "handwritten_hybrid_bluegreen.py")]
PLAN = ["bluegreen", "--env", "hybrid"]
FIVE = [*PLAN, "--no-rollback", "--no-overview"]

PNG_TARGET = 0.5
SVG_TARGET = 1.0
HELP_TARGET = 0.150
PIXEL_TOLERANCE = 0.05
QUIET = 0.9
"""Part of the processors' time that is idle on a quiet machine."""
PATIENCE = 15.0
"""Seconds to wait for that."""
TRIES = 5
"""How often a pair is measured until nobody disturbs it."""


@dataclass(frozen=True)
class Result:
    """What one run took, and what it said; and which part of the processors' time others used meanwhile."""

    seconds: float
    others: float
    peak_bytes: int
    said: str


def ours() -> list[str]:
    """The installed command beside this interpreter, or else the package that this interpreter finds."""
    command = Path(sys.executable).with_name("drawdeploy")
    if command.exists():
        return [str(command)]
    return [sys.executable, "-c", "from drawdeploy.cli import main; main()"]


def run(command: list[str], *, sample: bool = False) -> Result:
    """Runs a command to its end, in a new folder with a new cache."""
    with tempfile.TemporaryDirectory(prefix="drawdeploy-bench-") as scratch:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DRAWDEPLOY_")}
        environment |= {"XDG_CACHE_HOME": f"{scratch}/cache", "NO_COLOR": "1"}
        if "PYTHONPATH" in environment:  # relative to the caller's folder, which the command does not run in
            entries = environment["PYTHONPATH"].split(os.pathsep)
            environment["PYTHONPATH"] = os.pathsep.join(os.path.abspath(entry) for entry in entries)
        with open(f"{scratch}/said", "w+", encoding="utf-8") as said:
            (idle, total), own = ticks(), used()
            begin = time.perf_counter()
            process = subprocess.Popen(
                command, cwd=scratch, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
            )
            peak = watch(process) if sample else 0
            code = process.wait()
            seconds = time.perf_counter() - begin
            idle, total = ticks()[0] - idle, ticks()[1] - total
            others = max(0.0, total - idle - (used() - own) * 100) / total if total else 0.0
            said.seek(0)
            text = said.read()
        if code:
            raise SystemExit(f"{' '.join(command)} ended with {code}:\n{text}")
        return Result(seconds, others, peak, text)


def used() -> float:
    """Seconds of processors that the commands have used until now."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def watch(process: subprocess.Popen[bytes]) -> int:
    """The highest sum of resident memory over a process and all below it, sampled every 3 ms until it ends."""
    peak = 0
    done = threading.Event()

    def sampler() -> None:
        nonlocal peak
        while not done.is_set():
            peak = max(peak, sum(resident(pid) for pid in tree(process.pid)))
            time.sleep(0.003)

    thread = threading.Thread(target=sampler)
    thread.start()
    process.wait()
    done.set()
    thread.join()
    return peak


def tree(root: int) -> Iterable[int]:
    """A process and all that it started, from /proc."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                waiting += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        except OSError:  # it ended meanwhile
            continue


def resident(pid: int) -> int:
    """Bytes of memory a process shares with none, plus its part of what it shares; 0 once it has ended."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def pixels(folder: Path) -> tuple[int, int]:
    """How many PNGs a folder holds (at any depth), and their pixels in all."""
    files = sorted(folder.rglob("*.png"))
    total = 0
    for file in files:
        with file.open("rb") as stream:
            width, height = struct.unpack(">II", stream.read(24)[16:])
            total += width * height
    return len(files), total


def drawn(command: list[str], flag: str) -> tuple[int, int]:
    """Pixels that a command draws."""
    with tempfile.TemporaryDirectory(prefix="drawdeploy-bench-") as scratch:
        run([*command, flag, scratch])
        return pixels(Path(scratch))


def equal_dpi(wanted: int) -> tuple[float, int, int]:
    """The density at which the hand-written script draws as many pixels as we do."""
    dpi = 96.0
    for _ in range(4):
        count, total = drawn([*SCRIPT, "--dpi", f"{dpi:.2f}"], "--output")
        if abs(total / wanted - 1) < PIXEL_TOLERANCE / 5:
            break
        dpi *= (wanted / total) ** 0.5
    return round(dpi, 2), count, total


disturbed = 0
"""Pairs of runs that count though others used the processors."""


def settle() -> None:
    """Waits until nobody else uses the processors; not where that cannot be seen, nor for ever."""
    end = time.monotonic() + PATIENCE
    while STAT.exists() and time.monotonic() < end:
        idle, total = ticks()
        time.sleep(0.12)
        idle, total = ticks()[0] - idle, ticks()[1] - total
        if idle >= QUIET * total:
            return


STAT = Path("/proc/stat")


def ticks() -> tuple[int, int]:
    """The time that all processors were idle, and all of their time, in hundredths of a second."""
    numbers = [int(word) for word in STAT.read_text().split("\n", 1)[0].split()[1:]] if STAT.exists() else [0] * 8
    return numbers[3] + numbers[4], sum(numbers)


def compiled() -> bool:
    """Whether Python finds drawdeploy compiled, as pip leaves what it installs."""
    code = "import drawdeploy.cli as c, os; print(os.path.exists(c.__cached__))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


def alternate(first: list[str], second: list[str], rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of both commands, run in turn; the first run of each is not counted."""
    global disturbed
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for _ in range(TRIES):
            settle()
            results = run(first), run(second)
            quiet = max(result.others for result in results) <= 1 - QUIET
            if quiet or not turn:
                break
        disturbed += not quiet and bool(turn)
        for side, result in zip(times, results, strict=True):
            side += [result.seconds] if turn else []
    return times


def row(name: str, mine: list[float], theirs: list[float], target: float | None) -> bool:
    """Prints a row of the table; whether the target is met."""
    ratio = statistics.median(mine) / statistics.median(theirs)
    met = target is None or ratio <= target
    verdict = "" if target is None else f"<= {target:.2f}  {'met' if met else 'MISSED'}"
    print(f"{name:<38} {spread(mine):>20} {spread(theirs):>20} {ratio:>7.2f}  {verdict}")
    return met


def spread(times: list[float]) -> str:
    """Median, and lowest to highest."""
    return f"{statistics.median(times):.3f} ({min(times):.2f}-{max(times):.2f})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="counted runs of each side")
    parser.add_argument("--check", action="store_true", help="end with 1 if a target is missed")
    arguments = parser.parse_args()
    dot = shutil.which("dot")
    if dot is None:
        print("The hand-written script needs an installed Graphviz, and there is no `dot` on PATH.", file=sys.stderr)
        return 3

    me = ours()
    version = subprocess.run([dot, "-V"], capture_output=True, text=True, check=True).stderr.strip()
    if not compiled():
        print("drawdeploy is not compiled: `pip install .`, or PYTHONDONTWRITEBYTECODE is set", file=sys.stderr)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, {version}")
    count, mine = drawn([*me, *FIVE, "-f", "png"], "-o")
    dpi, their_count, theirs = equal_dpi(mine)
    off = theirs / mine - 1
    print(f"drawdeploy:   {count} PNGs, {mine:>11,} pixels")
    print(f"hand-written: {their_count} PNGs, {theirs:>11,} pixels at {dpi} dpi ({off:+.1%})\n")
    met = [count == their_count, abs(off) <= PIXEL_TOLERANCE]

    print(f"{'whole process, seconds':<38} {'drawdeploy':>20} {'hand-written':>20} {'ratio':>7}  target")
    png = [*SCRIPT, "--format", "png", "--dpi", str(dpi)]
    svg = [*SCRIPT, "--format", "svg"]
    times = alternate([*me, *FIVE], png, arguments.rounds)
    met.append(row("five PNGs + SVGs + report (all formats)", *times, PNG_TARGET))
    row("five PNGs + report", *alternate([*me, *FIVE, "-f", "png,md,html"], png, arguments.rounds), None)
    met.append(row("five SVGs", *alternate([*me, *FIVE, "-f", "svg"], svg, arguments.rounds), SVG_TARGET))
    row("everything (overview, rollbacks)", *alternate([*me, *PLAN], png, arguments.rounds), None)

    helps = [run([*me, "--help"]).seconds for _ in range(11)][1:]
    met.append(statistics.median(helps) < HELP_TARGET)
    print(f"{'drawdeploy --help':<38} {spread(helps):>20} {'':>28}  < {HELP_TARGET}  {'met' if met[-1] else 'MISSED'}")

    if disturbed:
        pairs = 4 * arguments.rounds
        print(f"others used more than {1 - QUIET:.0%} of the processors in {disturbed} of the {pairs} pairs")
    print("\npeak memory of the process tree")
    for name, command in (("everything", [*me, *PLAN]), ("five pictures", [*me, *FIVE]), ("hand-written", png)):
        print(f"  {name:<16} {run(command, sample=True).peak_bytes / 2**20:>8.0f} MiB")

    print("\ndrawdeploy " + " ".join([*PLAN, "-v"]))
    print(run([*me, *PLAN, "-v"]).said.rstrip())
    return 1 if arguments.check and not all(met) else 0


if __name__ == "__main__":
    sys.exit(main())
