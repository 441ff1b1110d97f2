"""Cut the pictures kept back from training, once: `dev` (10 %) and `calibration` (5 %), as lists of SHA-256 sums.

    python recipes/cut_split.py TRAIN_FOLDER --out recipes/splits

Near-duplicates (perceptual hashes within six bits) stay on one side, every source gives its share, and every
fifth picture with an `incorrect` face goes to `dev`. The lists are committed: no later run cuts anew.
"""

import argparse
import hashlib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from maskwatch.data.near_duplicates import Bits, groups_of, perceptual_hash
from maskwatch.data.reading import require_samples
from maskwatch.data.samples import Sample
from maskwatch.pictures.opening import open_picture

RARE = "incorrect"


def perceptual_hashes(samples: list[Sample]) -> list[Bits | None]:
    """The hash of each sample's picture."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda sample: perceptual_hash(open_picture(sample.picture)), samples))


def cut(samples: list[Sample], groups: list[list[int]], seed: int) -> dict[str, list[int]]:
    """Indices of `dev` and `calibration`, source by source, whole groups at a time."""
    random = np.random.default_rng(seed)
    rare = [g for g in groups if any(RARE in samples[i].labels for i in g)]
    kept = {"dev": [i for g in rare[::5] for i in g], "calibration": []}
    by_source = defaultdict(list)
    for group in groups:
        if not any(RARE in samples[i].labels for i in group):
            by_source[samples[group[0]].database].append(group)
    for source in sorted(by_source):
        own = by_source[source]
        count = sum(map(len, own))
        order = iter(random.permutation(len(own)))
        for part, share in (("dev", 0.10), ("calibration", 0.05)):
            taken: list[int] = []
            while len(taken) < share * count:
                taken += own[next(order)]
            kept[part] += taken
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    samples = sorted(require_samples(asked.train), key=lambda sample: sample.picture.name)
    groups = groups_of(perceptual_hashes(samples))
    print(f"{len(samples)} pictures in {len(groups)} groups, the largest of {max(map(len, groups))}")
    for part, indices in cut(samples, groups, asked.seed).items():
        sums = sorted(hashlib.sha256(samples[i].picture.read_bytes()).hexdigest() for i in indices)
        (asked.out / f"{part}.sha256").write_text("".join(f"{s}\n" for s in sums))
        print(f"{part}: {len(sums)} pictures, {sum(len(samples[i].labels) for i in indices)} boxes")


if __name__ == "__main__":
    main()
