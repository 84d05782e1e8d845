"""What the lessons import: data, initialiser, earlier exercises, images, plots and predictions.

    import resnets_utils as utils

Import it before TensorFlow and Keras: it loads them without their C++ start-up messages. Every name
is defined in a module of `resnets/`; the lessons import this one module instead of all of those.
"""

from __future__ import annotations

from resnets.startup import import_quietly

import_quietly()

from resnets.data import (  # noqa: E402 - TensorFlow has to be loaded first
    DatasetError,
    convert_to_one_hot,
    course_path,
    load_dataset,
    load_test_set,
    random_mini_batches,
)
from resnets.heat_map import compute_gradcam  # noqa: E402
from resnets.images import ImageError, load_image, to_input  # noqa: E402
from resnets.initializers import glorot_uniform  # noqa: E402
from resnets.lessons import LessonNotReady, from_lesson  # noqa: E402
from resnets.measured.results import load_measured  # noqa: E402
from resnets.networks import NetworkError, load_network  # noqa: E402
from resnets.plots.bars import plot_bars, plot_moving_averages  # noqa: E402
from resnets.plots.curves import plot_curves, plot_positions  # noqa: E402
from resnets.plots.image_grid import show_images  # noqa: E402
from resnets.plots.model_diagram import model_diagram, save_model_plot  # noqa: E402
from resnets.plots.model_input import show_input  # noqa: E402
from resnets.plots.predictions import plot_confusion, plot_gradcam, plot_probabilities  # noqa: E402
from resnets.plots.seeds import plot_bands, plot_dots, plot_functions  # noqa: E402
from resnets.plots.training import plot_gradient_norms, plot_history  # noqa: E402
from resnets.summary import model_summary  # noqa: E402
from resnets.tokens import sorting_task, token_similarity, train_to_sort  # noqa: E402
from resnets.tracing import trace_model  # noqa: E402
from resnets.training.estimates import estimate_training, report_in_range  # noqa: E402
from resnets.training.fast import fast_training  # noqa: E402
from resnets.training.progress import TrainingProgress, progress  # noqa: E402
from resnets.widgets.block_explorer import explore_block  # noqa: E402
from resnets.widgets.cover import cover_by_click  # noqa: E402
from resnets.widgets.field_explorer import explore_receptive_field  # noqa: E402
from resnets.widgets.gradient_explorer import explore_gradients  # noqa: E402
from resnets.widgets.live_hand import live_hand  # noqa: E402
from resnets.widgets.momentum_explorer import explore_momentum  # noqa: E402
from resnets.widgets.network_builder import explore_network  # noqa: E402
from resnets.widgets.predictions import predict, show_predictions  # noqa: E402
from resnets.widgets.seen_positions import explore_seen_positions  # noqa: E402
from resnets.widgets.threshold_explorer import explore_threshold  # noqa: E402

__all__ = [
    "DatasetError",
    "ImageError",
    "LessonNotReady",
    "NetworkError",
    "TrainingProgress",
    "compute_gradcam",
    "convert_to_one_hot",
    "course_path",
    "cover_by_click",
    "estimate_training",
    "explore_block",
    "explore_gradients",
    "explore_momentum",
    "explore_network",
    "explore_receptive_field",
    "explore_seen_positions",
    "explore_threshold",
    "fast_training",
    "from_lesson",
    "glorot_uniform",
    "live_hand",
    "load_dataset",
    "load_image",
    "load_measured",
    "load_network",
    "load_test_set",
    "model_diagram",
    "model_summary",
    "plot_bands",
    "plot_bars",
    "plot_confusion",
    "plot_curves",
    "plot_dots",
    "plot_functions",
    "plot_gradcam",
    "plot_gradient_norms",
    "plot_history",
    "plot_moving_averages",
    "plot_positions",
    "plot_probabilities",
    "predict",
    "progress",
    "random_mini_batches",
    "report_in_range",
    "save_model_plot",
    "show_images",
    "show_input",
    "show_predictions",
    "sorting_task",
    "to_input",
    "token_similarity",
    "trace_model",
    "train_to_sort",
]
