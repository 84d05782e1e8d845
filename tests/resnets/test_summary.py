"""The folded summary says all that `model.summary()` does; a stored diagram needs no dot."""

from __future__ import annotations

import pytest

import resnets_utils as utils

import keras  # isort: skip


@pytest.fixture(scope="module")
def model():
    X = keras.Input((8, 8, 3))
    Y = keras.layers.Conv2D(3, 3, padding="same", name="res2a_branch2a")(X)
    return keras.Model(X, keras.layers.Add(name="both")([X, Y]), name="small<one>")


def test_summary_names_every_layer_and_the_totals(model):
    text = repr(utils.model_summary(model))
    for expected in ("res2a_branch2a", "both", "small<one>", "(None, 8, 8, 3)", "Total params: 84"):
        assert expected in text


def test_summary_is_folded_in_a_notebook(model):
    page = utils.model_summary(model)._repr_html_()
    folded, shown = page.split("</details>")
    assert "res2a_branch2a" in folded and "small&lt;one&gt;" in folded
    assert "Total params: 84" in shown and "res2a_branch2a" not in shown


def test_stored_diagram_is_the_same_with_and_without_dot(model, monkeypatch):
    stored = utils.model_diagram(model)._repr_html_()
    monkeypatch.setenv("PATH", "")
    assert utils.model_diagram(model)._repr_html_() == stored
    assert "res2a_branch2a" in stored
