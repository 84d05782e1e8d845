"""The configuration of a training run: a TOML file, checked before anything else happens."""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import get_type_hints

from datasets.renderer.sampling import STYLES

from .networks import NETWORKS

ROOT = Path(__file__).resolve().parents[1]


class ConfigurationError(ValueError):
    """The file is not a valid configuration; the message says where and what is expected."""


@dataclass(frozen=True)
class ImageSet:
    """Images to train on or to measure on: rendered, or a file of the repository.

    Attributes:
        style: as in `sampling.STYLES`; together with `seed` and `count`.
        seed: of the renderer.
        count: number of images.
        file: instead of these three, a SIGNS-format file, relative to the repository.
    """

    style: str | None = None
    seed: int | None = None
    count: int | None = None
    file: str | None = None


@dataclass(frozen=True)
class Stage:
    """Some steps on the same sets at one image size.

    Attributes:
        sets: names of the sets, mixed in proportion to their sizes.
        size: side of the images in pixels.
        batch: images in a batch.
        steps: number of batches.
        strength: of the augmentation, 0 to 1.
        close: as for `augment.affine`; without it, hands stay about as large as they are.
        limit: train on this many of the sets' images only.
    """

    sets: list
    size: int
    batch: int
    steps: int
    strength: float
    close: list | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Configuration:
    """All that determines a run.

    Attributes:
        seed: of the weights, the order of the images and the augmentation.
        network: a name in `networks.NETWORKS`.
        bf16: whether to compute in bfloat16; the weights are float32 in any case.
        peak: highest learning rate.
        decay: weight decay.
        smoothing: of the labels.
        average: momentum of the averaged weights.
        report_every: steps between two backups.
        sets: what the stages train on, by name.
        stages: one after the other.
        watch: what to measure on after every `report_every` steps; never trained on.
    """

    seed: int
    network: str
    bf16: bool
    peak: float
    decay: float
    smoothing: float
    average: float
    report_every: int
    sets: dict
    stages: list
    watch: dict

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return sum(stage.steps for stage in self.stages)


def parse(text: str) -> Configuration:
    """The configuration that a TOML text describes.

    Raises:
        ConfigurationError: the text is not TOML, or a name or value is missing, unknown or wrong.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"not a TOML file: {error}") from error
    for part in ("sets", "watch"):
        if isinstance(table.get(part), dict):
            table[part] = {
                name: image_set(given, f"{part}.{name}") for name, given in table[part].items()
            }
    if isinstance(table.get("stages"), list):
        table["stages"] = [
            build(Stage, given, f"stages, number {number}")
            for number, given in enumerate(table["stages"], 1)
        ]
    configuration = build(Configuration, table, "the file")
    check(configuration)
    return configuration


def image_set(table: dict, where: str) -> ImageSet:
    """One entry of `sets` or `watch`."""
    given = build(ImageSet, table, where)
    rendered = (given.style, given.seed, given.count)
    if None in rendered if given.file is None else any(value is not None for value in rendered):
        raise ConfigurationError(f"{where}: expected either style, seed and count, or file")
    if given.style is not None and given.style not in STYLES:
        raise ConfigurationError(
            f"{where}: expected a style out of {', '.join(sorted(STYLES))}, got {given.style!r}"
        )
    return given


def build(kind: type, table: dict, where: str):
    """An instance of the dataclass `kind` from a TOML table with its fields' names."""
    if not isinstance(table, dict):
        raise ConfigurationError(f"{where}: expected a table, got {table!r}")
    known = {field.name: field for field in fields(kind)}
    unknown = sorted(set(table) - set(known))
    missing = [n for n, field in known.items() if field.default is MISSING and n not in table]
    for names, problem in ((unknown, "unknown"), (missing, "missing")):
        if names:
            raise ConfigurationError(
                f"{where}: {problem}: {', '.join(names)}; expected {', '.join(known)}"
            )
    for name, expected in get_type_hints(kind).items():
        if name in table and not fits(table[name], expected):
            raise ConfigurationError(
                f"{where}: {name}: expected {known[name].type}, got {table[name]!r}"
            )
    return kind(**table)


def fits(value: object, expected: type) -> bool:
    """Whether a TOML value has the expected type; a whole number will do as a float."""
    if isinstance(value, bool):
        return expected is bool
    if isinstance(value, int) and expected is float:
        return True
    return isinstance(value, expected)


def check(configuration: Configuration) -> None:
    """Raise ConfigurationError where the parts of a configuration do not fit together."""
    if configuration.network not in NETWORKS:
        raise ConfigurationError(
            f"network: expected one of {', '.join(sorted(NETWORKS))}, got {configuration.network!r}"
        )
    if not configuration.stages:
        raise ConfigurationError("stages: expected at least one, got none")
    for number, stage in enumerate(configuration.stages, 1):
        unknown = [name for name in stage.sets if name not in configuration.sets]
        if unknown or not stage.sets:
            raise ConfigurationError(
                f"stages, number {number}: expected sets out of {', '.join(configuration.sets)}, "
                f"got {stage.sets}"
            )
        if min(stage.size, stage.batch, stage.steps, configuration.report_every) < 1:
            raise ConfigurationError(
                f"stages, number {number}: size, batch, steps and report_every are 1 or more"
            )
        if stage.close is not None and len(stage.close) != 2:
            raise ConfigurationError(f"stages, number {number}: close: expected [low, high]")
