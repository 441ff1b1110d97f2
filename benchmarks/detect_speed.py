"""How long one picture takes, part by part, beside other mask detectors in the same run.

    python benchmarks/detect_speed.py PICTURES [--limit 200] [--rounds 3] [--threads 2] [--model NAME]
                                      [--json FILE] [--peer NAME=COMMAND ...]

A peer is a command in which {list} and {out} are replaced: it reads picture paths, one a line, and writes JSON
lines with `ms`, the time from resizing to final boxes of each picture. Ours and the peers take turns, `--rounds`
times; quoted is the median over the rounds of the mean over the pictures, and its ratio to each peer.
"""

import argparse
import json
import platform
import shlex
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from maskwatch import Detector
from maskwatch.pictures.draw import annotate
from maskwatch.pictures.opening import PICTURE_SUFFIXES, open_picture

PARTS = ("decode", "resize", "network and suppression", "drawing")


def own_round(detector: Detector, paths: list[Path]) -> dict[str, float]:
    """Mean milliseconds a picture of each part."""
    spent: dict[str, float] = defaultdict(float)
    for path in paths:
        began = time.perf_counter()
        picture = open_picture(path)
        decoded = time.perf_counter()
        detector.metadata.preprocessing.apply(picture)
        resized = time.perf_counter()
        found = detector.detect(picture)
        detected = time.perf_counter()
        annotate(picture, found)
        drawn = time.perf_counter()
        resize = resized - decoded
        # `detect` resizes too: what it takes beyond that is network and suppression.
        for part, seconds in zip(
            PARTS, (decoded - began, resize, detected - resized - resize, drawn - detected), strict=True
        ):
            spent[part] += seconds * 1000 / len(paths)
    return spent


def peer_round(command: str, paths: list[Path]) -> float:
    """Mean milliseconds a picture, as the peer measured them itself."""
    with tempfile.TemporaryDirectory() as folder:
        listing, out = Path(folder) / "list.txt", Path(folder) / "out.jsonl"
        listing.write_text("".join(f"{path}\n" for path in paths))
        words = [word.format(list=listing, out=out) for word in shlex.split(command)]
        subprocess.run(words, check=True, capture_output=True)
        return statistics.fmean(json.loads(line)["ms"] for line in out.read_text().splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--model")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=COMMAND")
    asked = parser.parse_args()
    paths = sorted(p for p in asked.pictures.rglob("*") if p.suffix.lower() in PICTURE_SUFFIXES)[: asked.limit]
    peers = dict(peer.split("=", 1) for peer in asked.peer)
    detector = Detector(asked.model, threads=asked.threads)
    own_round(detector, paths[:5])
    own, others = defaultdict(list), defaultdict(list)
    for _ in range(asked.rounds):
        for part, ms in own_round(detector, paths).items():
            own[part].append(ms)
        for name, command in peers.items():
            others[name].append(peer_round(command, paths))
    found = figures(detector.metadata.name, own, others)
    found |= {"pictures": len(paths), "rounds": asked.rounds, "threads": asked.threads, "processor": processor()}
    report(found)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")


def figures(name: str, own: dict[str, list[float]], others: dict[str, list[float]]) -> dict[str, Any]:
    """Medians over the rounds, and the ratios of ours to each peer round by round."""
    parts = {part: statistics.median(values) for part, values in own.items()}
    judged = [resize + network for resize, network in zip(own[PARTS[1]], own[PARTS[2]], strict=True)]
    peers = {}
    for peer, rounds in others.items():
        ratios = sorted(ours / theirs for ours, theirs in zip(judged, rounds, strict=True))
        peers[peer] = {
            "ms": statistics.median(rounds),
            "ratio": statistics.median(ratios),
            "ratio_range": [ratios[0], ratios[-1]],
        }
    return {"model": name, "parts_ms": parts, "resize_to_boxes_ms": statistics.median(judged), "peers": peers}


def processor() -> str:
    """What the system calls it."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.is_file() else []
    named = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or platform.machine()


def report(found: dict[str, Any]) -> None:
    """Print the table."""
    print(f"{found['model']}, {found['pictures']} pictures, ms a picture (median of {found['rounds']} rounds)")
    for part, ms in found["parts_ms"].items():
        print(f"  {part:26}{ms:8.2f}")
    whole = sum(found["parts_ms"].values())
    print(f"  {'end to end':26}{whole:8.2f}  ({1000 / whole:.1f} pictures/s)")
    print(f"  {'resize to boxes':26}{found['resize_to_boxes_ms']:8.2f}")
    for peer, theirs in found["peers"].items():
        low, high = theirs["ratio_range"]
        print(f"  {peer:26}{theirs['ms']:8.2f}  ours / theirs {theirs['ratio']:.2f} ({low:.2f}-{high:.2f})")


if __name__ == "__main__":
    main()
