"""The tracer's table, the graph behind it, Grad-CAM and the model diagram."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import resnets_utils as utils
from resnets.graph import NotFunctionalError, blocks, walk
from resnets.tracing import trace_model

import keras  # isort: skip - after resnets_utils, which loads TensorFlow quietly
import tensorflow as tf  # isort: skip
from keras import layers  # isort: skip


def conv_bn(X, filters, size, strides=1, padding="same"):
    X = layers.Conv2D(filters, size, strides=strides, padding=padding)(X)
    return layers.BatchNormalization()(X)


def block(X, filters, strides=None):
    shortcut = X if strides is None else conv_bn(X, filters[2], 1, strides)
    X = layers.Activation("relu")(conv_bn(X, filters[0], 1, strides or 1))
    X = layers.ReLU()(conv_bn(X, filters[1], 3))
    return layers.Activation("relu")(layers.Add()([conv_bn(X, filters[2], 1), shortcut]))


def resnet(repeats, width=1, size=64):
    """ResNet's plan, `width` times narrower than ResNet50 where width > 1; no layer is named."""
    inputs = keras.Input((size, size, 3))
    X = layers.ZeroPadding2D(3)(inputs)
    X = layers.ReLU()(conv_bn(X, 64 // width, 7, 2, "valid"))
    X = layers.MaxPooling2D(3, strides=2)(X)
    for stage, count in enumerate(repeats):
        filters = [64 // width * 2**stage] * 2 + [256 // width * 2**stage]
        X = block(X, filters, strides=1 if stage == 0 else 2)
        for _ in range(count - 1):
            X = block(X, filters)
    X = layers.Flatten()(layers.AveragePooling2D(2)(X))
    return keras.Model(inputs, layers.Dense(6, activation="softmax")(X), name="ResNet")


@pytest.fixture(scope="module")
def resnet50():
    return resnet((3, 4, 6, 3))


@pytest.fixture(scope="module")
def small():
    keras.utils.set_random_seed(0)
    return resnet((2, 2), width=16)


def test_resnet50_stage_by_stage(resnet50):
    trace = trace_model(resnet50)
    assert [row.cells() for row in trace.rows] == [
        ("1 (stem)", "ZeroPadding2D, Conv2D, MaxPooling2D", "15 × 15 × 64", "4", "11", "9,728"),
        ("2", "1 convolutional + 2 identity", "15 × 15 × 256", "4", "35", "220,032"),
        ("3", "1 convolutional + 3 identity", "8 × 8 × 512", "8", "99", "1,230,336"),
        ("4", "1 convolutional + 5 identity", "4 × 4 × 1024", "16", "291", "7,129,088"),
        ("5", "1 convolutional + 2 identity", "2 × 2 × 2048", "32", "483", "14,998,528"),
        ("head", "AveragePooling2D, Flatten, Dense", "6", "–", "whole image", "12,294"),
    ]
    assert trace.total == sum(row.parameters for row in trace.rows) == 23_600_006


@pytest.mark.parametrize(
    "plan",
    [[(3, 1, 1), (3, 2, 1)], [(5, 2, 1), (1, 1, 1), (3, 3, 1)], [(3, 1, 2), (2, 2, 1), (3, 1, 1)]],
)
def test_receptive_field_and_stride_agree_with_the_gradient(plan):
    """The pixels with a non-zero gradient span exactly the receptive field in the table."""
    inputs = X = keras.Input((41, 41, 1))
    for size, strides, dilation in plan:
        X = layers.Conv2D(
            1, size, strides=strides, dilation_rate=dilation, kernel_initializer="ones"
        )(X)
    model = keras.Model(inputs, X)
    geometry = trace_model(model).rows[-1].geometry
    image = tf.ones((1, 41, 41, 1))

    def seen_from(row):
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = model(image)[0, row, 3, 0]
        return np.flatnonzero(tape.gradient(value, image)[0, :, :, 0].numpy().any(axis=1))

    first, second = seen_from(2), seen_from(3)
    assert first[-1] - first[0] + 1 == geometry.field[0]
    assert second[0] - first[0] == geometry.stride[0]


def test_operators_are_treated_like_layers():
    inputs = keras.Input((8, 8, 4))
    X = keras.ops.relu(conv_bn(inputs, 4, 3) + inputs)
    model = keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(X)))
    rows = [row.cells() for row in trace_model(model).rows]
    assert rows[1] == ("2", "1 identity", "8 × 8 × 4", "1", "3", "164")
    assert rows[2][:2] == ("head", "GlobalAveragePooling2D, Dense")
    last = walk(model)[blocks(walk(model))[0][-1]]
    assert last.kind == "Relu"  # the activation after the addition belongs to the block


def test_a_pooling_operation_keeps_its_size_as_one_number():
    inputs = keras.Input((8, 8, 4))
    (*_, row) = trace_model(keras.Model(inputs, keras.ops.max_pool(inputs, 3))).rows
    assert row.cells()[2] == "2 × 2 × 4" and row.cells()[3:5] == ("3", "3")


def test_an_addition_of_two_inputs_is_not_a_block():
    inputs = [keras.Input((8, 8, 4)), keras.Input((8, 8, 4))]
    model = keras.Model(inputs, layers.Add()(inputs))
    assert blocks(walk(model)) == []
    assert trace_model(model).total == 0


def test_an_addition_inside_a_branch_is_not_a_block():
    inputs = keras.Input((8, 8, 4))
    branch = layers.Conv2D(4, 3, padding="same")(inputs)
    inner = layers.Add()([branch, layers.Conv2D(4, 1)(branch)])
    model = keras.Model(inputs, layers.Add()([layers.Conv2D(4, 1)(inner), inputs]))
    assert len(blocks(walk(model))) == 1
    assert trace_model(model).total == sum(row.parameters for row in trace_model(model).rows)


def test_plain_and_sequential_models_have_a_row_for_each_size():
    model = keras.Sequential(
        [
            keras.Input((16, 12, 3)),
            layers.Conv2D(4, 3, padding="same", activation="relu"),
            layers.Conv2D(4, 3, padding="same"),
            layers.MaxPooling2D((2, 1)),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )
    assert [row.cells()[:5] for row in trace_model(model).rows] == [
        ("1", "2 Conv2D", "16 × 12 × 4", "1", "5"),
        ("2", "MaxPooling2D", "8 × 12 × 4", "2 × 1", "6 × 5"),
        ("head", "Flatten, Dense", "2", "–", "whole image"),
    ]


def test_a_model_inside_a_model_and_a_shared_layer_count_once():
    inner_input = keras.Input((16, 16, 3))
    inner = keras.Model(inner_input, layers.Conv2D(3, 3, strides=2, padding="same")(inner_input))
    inputs = keras.Input((16, 16, 3))
    shared = layers.Conv2D(3, 5, padding="same")
    model = keras.Model(inputs, layers.Conv2D(3, 3)(inner(shared(shared(inputs)))))
    trace = trace_model(model)
    assert trace.rows[-1].geometry.field == (9 + 2 + 4, 9 + 2 + 4)
    assert sum(row.parameters for row in trace.rows) == trace.total == 228 + 84 + 84


def test_the_table_is_shown_as_text_and_as_html(small):
    trace = trace_model(small)
    lines = repr(trace).splitlines()
    assert lines[0].split("  ")[0] == "stage" and lines[-1].startswith("total")
    assert lines[-1].endswith(f"{trace.total:,}") and len({len(line) for line in lines}) == 1
    table = ET.fromstring(trace._repr_html_())
    assert len(table.findall("./tbody/tr")) == len(trace.rows) + 1
    assert [cell.text for cell in table.iter("th")][3:5] == ["stride so far", "receptive field"]


class Subclassed(keras.Model):
    def call(self, x):
        return x


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (None, "got NoneType. Does your function end with `return model`"),
        (Subclassed(), "expected a functional model, got Subclassed"),
        (keras.Sequential([layers.Dense(2)]), "expected a functional model, got Sequential"),
    ],
)
def test_what_is_not_a_functional_model_is_refused(model, expected):
    for function in (trace_model, utils.model_diagram):
        with pytest.raises(NotFunctionalError, match=expected):
            function(model)


def test_a_network_with_upsampling_is_refused():
    inputs = keras.Input((8, 8, 3))
    with pytest.raises(ValueError, match=r"'up' \(UpSampling2D\) makes feature maps larger"):
        trace_model(keras.Model(inputs, layers.UpSampling2D(name="up")(inputs)))


# Grad-CAM


def spot_model(softmax: str):
    """Return a model with 16 by 16 feature maps; bright pixels speak for class 1."""
    inputs = keras.Input((32, 32, 3))
    X = layers.Conv2D(2, 2, strides=2, name="maps", kernel_initializer="ones")(inputs)
    X = layers.GlobalAveragePooling2D()(X)
    dense = layers.Dense(2, activation="softmax" if softmax == "inside" else None, name="fc")
    X = dense(X)
    if softmax == "activation":
        X = layers.Activation("softmax")(X)
    if softmax == "layer":
        X = layers.Softmax()(X)
    dense.set_weights([np.array([[-400.0, 400.0], [0, 0]]), np.zeros(2)])
    return keras.Model(inputs, X)


@pytest.mark.parametrize("softmax", ["inside", "activation", "layer", "none"])
def test_gradcam_finds_the_spot_even_if_the_softmax_is_saturated(softmax):
    x = np.zeros((1, 32, 32, 3), np.float32)
    x[0, 8:12, 2:6] = 1
    model = spot_model(softmax)
    heat = utils.compute_gradcam(model, x)
    expected = np.zeros((16, 16))
    expected[4:6, 1:3] = 1
    np.testing.assert_allclose(heat, expected, atol=1e-5)
    assert (
        utils.compute_gradcam(model, x[0], class_index=0) == 0
    ).all()  # the spot is evidence against class 0


def test_gradcam_uses_the_last_feature_maps_of_at_least_8_by_8(small, resnet50):
    x = np.random.RandomState(0).rand(64, 64, 3)
    heat = utils.compute_gradcam(resnet50, x)
    assert heat.shape == (8, 8) and heat.min() >= 0 and heat.max() == 1
    stage_2 = next(i for i in small.layers if i.output.shape[1:3] == (15, 15))
    assert utils.compute_gradcam(small, x, layer=stage_2.name).shape == (15, 15)
    assert utils.compute_gradcam(small, x, class_index=3, layer=stage_2).shape == (15, 15)


@pytest.mark.parametrize(
    ("x", "options", "expected"),
    [
        (np.zeros((2, 32, 32, 3)), {}, r"expected one image of shape \(1, 32, 32, 3\), got \(2,"),
        (np.zeros((64, 64, 3)), {}, r"got \(1, 64, 64, 3\)"),
        (np.full((32, 32, 3), 255), {}, r"values in \[0, 1\], got 255 to 255. Divide"),
        (np.zeros((32, 32, 3)), {"class_index": 2}, "expected 0 to 1, got 2"),
        (np.zeros((32, 32, 3)), {"layer": "fc"}, r"expected feature maps .* got 'fc'"),
        (np.zeros((32, 32, 3)), {"layer": "nope"}, "No such layer: nope"),
    ],
)
def test_gradcam_refuses_wrong_arguments(x, options, expected):
    with pytest.raises(ValueError, match=expected):
        utils.compute_gradcam(spot_model("inside"), x, **options)


def test_gradcam_refuses_a_model_with_small_feature_maps_only():
    inputs = keras.Input((6, 6, 3))
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.Flatten()(inputs)))
    with pytest.raises(ValueError, match="has no layer with feature maps of 8 by 8 or more"):
        utils.compute_gradcam(model, np.zeros((6, 6, 3)))


# The diagram of the layers


def test_diagram_by_graphviz_if_there_is_one(small, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    drawn = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'

    class Graph:
        def create(self, format):
            return drawn.encode()

    monkeypatch.setattr(keras.utils, "model_to_dot", lambda *args, **kwargs: Graph())
    diagram = utils.model_diagram(small)
    assert diagram.note == "Drawn by Graphviz." and diagram.svg.startswith("<svg")


@pytest.mark.parametrize("trouble", ["no dot", "pydot fails"])
def test_diagram_without_graphviz(small, monkeypatch, trouble):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    if trouble == "no dot":
        monkeypatch.setenv("PATH", "")
    else:
        monkeypatch.setattr(keras.utils, "model_to_dot", lambda *a, **k: 1 / 0)
    diagram = utils.model_diagram(small)
    assert "dot could not be used" in diagram.note and diagram.note in repr(diagram)
    root = ET.fromstring(diagram.svg)
    space = "{http://www.w3.org/2000/svg}"
    texts = [text.text for text in root.iter(f"{space}text")]
    steps = walk(small)
    assert len(root.findall(f"{space}rect")) == len(steps)
    assert len(root.findall(f"{space}path")) == sum(len(step.inputs) for step in steps)
    assert all(f"{step.layer.name} ({step.kind})"[:30] in "\n".join(texts) for step in steps)
    assert "15 × 15 × 16" in texts


def test_boxes_and_lines_of_the_diagram_do_not_overlap(small, monkeypatch):
    monkeypatch.setenv("PATH", "")
    root = ET.fromstring(utils.model_diagram(small).svg)
    boxes = [
        tuple(float(rect.get(key)) for key in ("x", "y", "width", "height"))
        for rect in root.iter("{http://www.w3.org/2000/svg}rect")
    ]
    assert len({(x, y) for x, y, _, _ in boxes}) == len(boxes)
    assert all(x + w <= float(root.get("width")) for x, _, w, _ in boxes)
    assert all(y + h <= float(root.get("height")) for _, y, _, h in boxes)
    columns = sorted({x for x, *_ in boxes})
    assert len(columns) == 2 and columns[1] > columns[0] + boxes[0][2]
    beside = [box for box in boxes if box[0] == columns[1]]
    assert len(beside) == 4  # convolution and BatchNorm in the shortcuts of two blocks


def test_diagram_in_a_notebook_has_an_alternative_text():
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, layers.Conv2D(1, 1, name="a" * 60)(inputs), name="net<1>")
    page = ET.fromstring(
        f"<body>{utils.model_diagram(model)._repr_html_()}</body>".replace('"></div>', '"/></div>')
    )
    image = page.find(".//img")
    assert image.get("alt") == "The 2 layers of the model net<1>, from input (top) to output."
    assert image.get("src").startswith("data:image/svg+xml;charset=utf-8,%3Csvg")
    assert "a" * 33 + "…" in utils.model_diagram(model).svg


def test_a_long_diagram_is_folded():
    x = inputs = keras.Input((8, 8, 1))
    for _ in range(45):
        x = layers.Activation("relu")(x)
    page = utils.model_diagram(keras.Model(inputs, x))._repr_html_()
    assert page.startswith("<details><summary>The 46 layers") and page.endswith("</details>")


def test_keras_own_plot_is_written_where_dot_is_there(small, monkeypatch, tmp_path):
    stored = utils.save_model_plot(small, "model.png")
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    path = tmp_path / "model.png"
    calls = []
    monkeypatch.setattr(keras.utils, "plot_model", lambda *a, **k: calls.append(k["to_file"]))
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert "not installed" in utils.save_model_plot(small, str(path)) and not calls
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/dot")
    assert "is written" in utils.save_model_plot(small, str(path)) and calls == [str(path)]
    assert "Run this cell" in stored
