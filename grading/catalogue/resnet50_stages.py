"""Mistakes in ResNet50: its stages, and the blocks that they call."""

from __future__ import annotations

from grading.catalogue.mistake import Mistake, mistake
from grading.catalogue.reference_resnet50 import NetworkSpec

_WHY_DEPTH = (
    "The number of blocks per stage (3, 4, 6, 3) is what makes it ResNet50: 1 + 3 * 16 + 1 = 50 "
    "layers with weights. Trained weights for 50 layers fit no other number."
)
_WHY_STAGES = (
    "From stage to stage height and width are halved and the channels doubled, so a block costs "
    "about the same in every stage, and each stage sees a larger part of the image."
)
_COUNTS = {2: (2, 4, 1), 3: (3, 5, 2), 4: (5, 7, 4), 5: (2, 4, 1)}
_FILTERS = {
    2: ([64, 64, 128], [64, 64, 64], [128, 128, 512], [64, 256, 256]),
    3: ([128, 128, 256], [64, 64, 256], [128, 128, 1024], [128, 512, 512]),
    4: ([256, 256, 512], [128, 128, 512], [256, 256, 256], [256, 256, 2048]),
    5: ([512, 512, 1024], [256, 256, 2048], [256, 256, 1024], [1024, 1024, 2048]),
}


def stage(number: int, **changes):
    """Return an edit of one stage's count, filters, stride, f, first or others."""

    def edit(spec: NetworkSpec, arguments: dict) -> None:
        for key, value in changes.items():
            setattr(spec.stage(number), key, value)

    return edit


def every_stage(**changes):
    """Return an edit of all stages."""

    def edit(spec: NetworkSpec, arguments: dict) -> None:
        for one in spec.stages:
            for key, value in changes.items():
                setattr(one, key, value)

    return edit


def _without_stage(number: int):
    def edit(spec: NetworkSpec, arguments: dict) -> None:
        spec.stages.remove(spec.stage(number))

    return edit


def _stage_mistakes(number: int, blocks: str, filters: str, stride: str) -> list[Mistake]:
    """Return the three mistakes of one stage, under these ids."""
    right = {2: 3, 3: 4, 4: 6, 5: 3}[number]
    wrong_stride = 2 if number == 2 else 1
    say = "keeps the size (s=1): the max pooling before it has just halved it" if number == 2 else (
        "halves height and width (s=2)"
    )  # fmt: skip
    return [
        mistake(
            blocks,
            f"Stage {number} has the wrong number of blocks.",
            _WHY_DEPTH,
            f"Stage {number} is one convolutional block and {right - 1} identity blocks.",
            *(stage(number, count=count) for count in _COUNTS[number]),
        ),
        mistake(
            filters,
            f"Stage {number} has the wrong filters.",
            _WHY_STAGES,
            f"Look up the three numbers of filters of stage {number} in the exercise; all blocks "
            "of a stage have the same.",
            *(stage(number, filters=wrong) for wrong in _FILTERS[number]),
        ),
        mistake(
            stride,
            f"The convolutional block of stage {number} has the wrong stride.",
            _WHY_STAGES,
            f"The convolutional block of stage {number} {say}.",
            stage(number, stride=wrong_stride),
        ),
    ]


STAGES: list[Mistake] = [
    mistake(
        "stage_missing",
        "A whole stage is missing.",
        _WHY_DEPTH,
        "Count your stages: after stage 1 there are four, numbered 2 to 5.",
        *(_without_stage(number) for number in (2, 3, 4, 5)),
    ),
    mistake(
        "no_convolutional_block",
        "A stage begins with an identity block.",
        "The number of channels changes at the beginning of a stage, and the identity block "
        "cannot change it: its shortcut would not fit.",
        "Begin each stage with the convolutional block.",
        every_stage(first="identity"),
        *(stage(number, first="identity") for number in (3, 4, 5)),
    ),
    mistake(
        "convolutional_for_identity",
        "There are convolutional blocks where identity blocks should be.",
        "Each extra convolution on a shortcut is one more layer on the path that the gradient "
        "should have for free.",
        "In each stage only the first block is convolutional.",
        every_stage(others="convolutional"),
        *(stage(number, others="convolutional") for number in (2, 3, 4, 5)),
    ),
    mistake(
        "kernel_size",
        "The blocks' middle convolutions are not 3x3.",
        "3x3 is the smallest kernel with a centre and a neighbour on each side.",
        "Call every block with f=3.",
        *(every_stage(f=n) for n in (1, 2, 5, 7)),
        *(stage(number, f=2) for number in (2, 3, 4, 5)),
    ),
    *_stage_mistakes(2, "stage2_blocks", "stage2_filters", "stage2_stride"),
    *_stage_mistakes(3, "stage3_blocks", "stage3_filters", "stage3_stride"),
    *_stage_mistakes(4, "stage4_blocks", "stage4_filters", "stage4_stride"),
    *_stage_mistakes(5, "stage5_blocks", "stage5_filters", "stage5_stride"),
]
