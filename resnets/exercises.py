"""The registry of exercises; everything else in the course reads this table.

To add an exercise, write an entry here, a module of the same name (in lower case) in
`grading/catalogue/`, and its cells in a lesson. The check, the mark, the rubric, the pages and the
exports use this table; there is no other list of exercises.
"""

from __future__ import annotations

from resnets.exercise import Aspect, Exercise, Kind, Outcome

__all__ = ["Aspect", "EXERCISES", "Exercise", "Kind", "NAMES", "Outcome"]

_BLOCK_PASSED = (
    "Your block computes the right function for every set of arguments it was tried with."
)
_ENTRIES = (
    Exercise(
        name="gradient_norms",
        notebook="1_vanishing_gradients",
        signature="gradient_norms(model, X, Y)",
        kind=Kind.NUMBERS,
        passed="Your function gives the right norms for every network it was tried on.",
        returns="one number for each kernel, input first",
        how_to_return="Return `np.array(norms)`, where norms lists one number for each kernel.",
        part="kernel",
        aspects=(
            Aspect("function", 0.7, "Right for a plain network"),
            Aspect("generality", 0.3, "Right for a network with BatchNorm too"),
        ),
    ),
    Exercise(
        name="identity_block",
        notebook="2_identity_block",
        signature="identity_block(X, f, filters, stage, block)",
        first_weights=True,
        kind=Kind.BLOCK,
        passed=_BLOCK_PASSED,
    ),
    Exercise(
        name="count_weights",
        notebook="2_identity_block",
        signature="count_weights(f, filters, channels)",
        kind=Kind.NUMBERS,
        passed="Your function counts correctly for every block it was tried on.",
        returns="the bottleneck's weights and those of the two f × f convolutions",
        how_to_return="Return `bottleneck, plain`: two whole numbers.",
        part="block",
        points=4,
        aspects=(
            Aspect("function", 0.6, "Right for an identity block, where F3 equals channels"),
            Aspect("generality", 0.4, "Right for all filters and channels"),
        ),
    ),
    Exercise(
        name="convolutional_block",
        notebook="3_convolutional_block",
        signature="convolutional_block(X, f, filters, stage, block, s=2)",
        first_weights=True,
        kind=Kind.BLOCK,
        passed=_BLOCK_PASSED,
    ),
    Exercise(
        name="small_resnet",
        notebook="3_convolutional_block",
        signature="small_resnet(input_shape=(16, 16, 3), classes=6)",
        kind=Kind.NETWORK,
        passed="All three faults are repaired, and nothing else has changed.",
        returns="a Keras model",
        how_to_return="Make a Model from the input and the last tensor, and return it.",
        says_where=False,
        points=6,
        aspects=(
            Aspect("function", 0.75, "Right for the arguments that the lesson shows"),
            Aspect("generality", 0.25, "Right for other input shapes and numbers of classes too"),
        ),
    ),
    Exercise(
        name="ResNet50",
        notebook="4_resnet50",
        signature="ResNet50(input_shape=(64, 64, 3), classes=6)",
        kind=Kind.NETWORK,
        passed="Your network computes what ResNet50 should, for other input shapes and numbers of "
        "classes too.",
        returns="a Keras model",
        how_to_return="Make a Model from the input and the last tensor, and return it.",
        calls=("identity_block", "convolutional_block"),
    ),
    Exercise(
        name="receptive_field",
        notebook="4_resnet50",
        signature="receptive_field(layers, position, size=64)",
        kind=Kind.NUMBERS,
        passed="Your function finds the right window for all layers and positions it was tried on.",
        returns="top, bottom, left and right of the window",
        how_to_return="Return `top, bottom, left, right`: four whole numbers.",
        part="edge",
        points=6,
        aspects=(
            Aspect("function", 0.5, "Right for a window inside the image"),
            Aspect("generality", 0.5, "Right at the edges of the image too"),
        ),
    ),
    Exercise(
        name="moving_share",
        notebook="5_train_on_signs",
        signature="moving_share(momentum, steps)",
        kind=Kind.NUMBERS,
        passed="Your share is right for every momentum and number of steps it was tried with.",
        returns="the share of the initial value",
        how_to_return="Return the share as a number between 0 and 1.",
        points=2,
        aspects=(
            Aspect("function", 0.5, "Right for a momentum near 1"),
            Aspect("generality", 0.5, "Right for a small momentum too"),
        ),
    ),
    Exercise(
        name="reestimate",
        notebook="5_train_on_signs",
        signature="reestimate(model, X, batches)",
        kind=Kind.NUMBERS,
        passed="Your function averages the statistics correctly for every network it was tried on, "
        "and leaves everything else as it was.",
        returns="moving mean and moving variance of each BatchNorm layer, then all momentums",
        how_to_return="Change the layers of the model itself; return nothing.",
        part="number",
        outcome=Outcome.CHANGED_MODEL,
        points=6,
        aspects=(
            Aspect("function", 0.7, "Right for layers with the usual momentum"),
            Aspect("generality", 0.3, "Right for layers with other momentums too"),
        ),
    ),
    Exercise(
        name="confusion_matrix",
        notebook="5_train_on_signs",
        signature="confusion_matrix(truth, answers, classes)",
        kind=Kind.NUMBERS,
        passed="Your matrix counts correctly for all the answers it was tried on.",
        returns="the matrix",
        how_to_return="Return the matrix, an array of shape (classes, classes).",
        part="cell",
        points=4,
        aspects=(
            Aspect("function", 0.7, "Right where all classes occur"),
            Aspect("generality", 0.3, "Right where a class does not occur, too"),
        ),
    ),
    Exercise(
        name="coverage_accuracy",
        notebook="6_your_own_hand",
        signature="coverage_accuracy(probabilities, truth, thresholds)",
        kind=Kind.NUMBERS,
        passed="Your coverage and accuracy are right for all thresholds they were tried with.",
        returns="the coverage for each threshold, then the accuracy for each",
        how_to_return="Return `coverage, accuracy`: two lists with a number for each threshold.",
        points=4,
        aspects=(
            Aspect("function", 0.6, "Right for thresholds that some answers reach"),
            Aspect("generality", 0.4, "Right for a threshold that no answer reaches, too"),
        ),
    ),
    Exercise(
        name="gradcam",
        notebook="6_your_own_hand",
        signature="gradcam(model, x, layer)",
        kind=Kind.NUMBERS,
        passed="Your map is right for all networks, images and layers it was tried with.",
        returns="the map",
        how_to_return="Return the map, an array of shape (h, w), without the axis of the batch.",
        part="position",
        points=8,
        aspects=(
            Aspect("function", 0.75, "Right where some positions speak for the answer"),
            Aspect("generality", 0.25, "Right where no position speaks for the answer, too"),
        ),
    ),
    Exercise(
        name="occlusion_map",
        notebook="6_your_own_hand",
        signature="occlusion_map(model, image, size, step)",
        kind=Kind.NUMBERS,
        passed="Your map is right for all networks, images and squares it was tried with.",
        returns="the map",
        how_to_return="Return the map, an array with a row for each row of squares.",
        part="square",
        points=4,
        aspects=(
            Aspect("function", 0.6, "Right where the last squares reach the edges of the image"),
            Aspect("generality", 0.4, "Right where part of the image is left over, too"),
        ),
    ),
    Exercise(
        name="preactivation_block",
        notebook="7_why_it_works",
        signature="preactivation_block(X, f, filters, stage, block)",
        kind=Kind.BLOCK,
        passed=_BLOCK_PASSED,
        points=6,
    ),
    Exercise(
        name="drop_block",
        notebook="7_why_it_works",
        signature="drop_block(model, block)",
        kind=Kind.NUMBERS,
        passed="Your model computes what it should without the block, and the model that your "
        "function got is as it was.",
        returns="a Keras model",
        how_to_return="Return the model without the block, and not its layers or a tensor.",
        part="output",
        outcome=Outcome.RETURNED_MODEL,
        points=6,
        aspects=(
            Aspect("function", 0.7, "Right for a block in the middle of the network"),
            Aspect("generality", 0.3, "Right for the first identity block of a stage too"),
        ),
    ),
    Exercise(
        name="se_block",
        notebook="8_what_came_of_it",
        signature="se_block(X, ratio, stage, block)",
        kind=Kind.BLOCK,
        passed=_BLOCK_PASSED,
        points=6,
    ),
    Exercise(
        name="transformer_block",
        notebook="8_what_came_of_it",
        signature="transformer_block(x, heads, width)",
        kind=Kind.NUMBERS,
        passed="Your block computes the right function for all heads and widths it was tried with.",
        how_to_return="End the function with `return x`, where x is the second sum.",
        part="value",
        outcome=Outcome.RETURNED_TENSOR,
        points=6,
        aspects=(
            Aspect("function", 0.7, "Right for four heads, as in the lesson"),
            Aspect("generality", 0.3, "Right for other numbers of heads too"),
        ),
    ),
)

EXERCISES: dict[str, Exercise] = {entry.name: entry for entry in _ENTRIES}
NAMES: tuple[str, ...] = tuple(EXERCISES)
