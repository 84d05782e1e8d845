"""The kernel's side of the camera: what it answers to each message of the browser."""

from __future__ import annotations

import io

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from resnets.widgets import live_hand as module
from resnets.widgets.live_hand import LiveHand
from resnets.widgets.live_panel import LivePanel


def network():
    keras.utils.set_random_seed(0)
    image = keras.Input((64, 64, 3))
    x = layers.Conv2D(8, 8, 8, activation="relu")(image)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(6, activation="softmax")(x))


@pytest.fixture
def asked(monkeypatch):
    """A camera as in a notebook, and a function that sends it a message and returns the replies."""
    replies = []
    monkeypatch.setattr(module, "outputs_are_stored", lambda: False)
    monkeypatch.setattr(module, "in_notebook", lambda: True)
    monkeypatch.setattr(LivePanel, "send", lambda _, *said: replies.append(said))
    receivers = []
    monkeypatch.setattr(LivePanel, "on_msg", lambda _, receive: receivers.append(receive))
    live = LiveHand(network(), np.full((64, 64, 3), 90, np.uint8), 0.8)
    live.show()

    def ask(message, *buffers):
        replies.clear()
        receivers[0](None, {"view": "a", **message}, list(buffers))
        return list(replies)

    return live, ask


IMAGE = np.arange(64 * 64 * 3, dtype=np.uint8).tobytes()


def test_an_image_gets_the_networks_probabilities_and_a_map(asked):
    live, ask = asked
    [(answer, [heat])] = ask({"do": "look", "number": 7}, memoryview(IMAGE))
    x = np.frombuffer(IMAGE, np.uint8).reshape(1, 64, 64, 3) / np.float32(255)
    assert np.allclose(answer["probabilities"], live.model(x)[0], atol=1e-5)
    assert (answer["view"], answer["number"], answer["side"]) == ("a", 7, 8)
    assert len(heat) == 64


def test_a_file_comes_back_as_the_network_gets_it(asked):
    _, ask = asked
    memory = io.BytesIO()
    Image.new("RGB", (200, 100), (200, 10, 30)).save(memory, "PNG")
    [(answer, [_, image])] = ask({"do": "file", "name": "red.png"}, memory.getvalue())
    assert answer["say"] == "answer" and image == bytes([200, 10, 30]) * 4096
    [(refused, _)] = ask({"do": "file", "name": "red.png"}, memory.getvalue()[:60])
    assert refused["say"] == "refused" and "red.png" in refused["text"]


def test_images_are_kept_with_their_labels_and_removed(asked):
    live, ask = asked
    ask({"do": "keep", "label": 4}, IMAGE)
    [(kept, images)] = ask({"do": "keep", "label": 2}, IMAGE)
    assert kept["labels"] == [4, 2] and images == [IMAGE, IMAGE]
    [(kept, images)] = ask({"do": "remove", "place": 0})
    assert kept["labels"] == [2] and len(live.kept) == 1
    for bad in ({"do": "keep", "label": 6}, {"do": "keep", "label": "4"}):
        assert ask(bad, IMAGE)[0][0]["say"] == "refused"
    assert ask({"do": "keep", "label": 4}, b"short")[0][0]["say"] == "refused"


@pytest.mark.parametrize("message", [{"do": "nothing"}, {}, {"do": "look"}, {"do": "file"}])
def test_every_message_gets_a_reply(asked, message):
    assert [reply["say"] for reply, _ in asked[1](message)] == ["refused"]


def test_training_needs_ten_images(asked):
    _, ask = asked
    [(refused, _)] = ask({"do": "train"})
    assert "at least 10 images" in refused["text"]


def test_while_outputs_are_stored_only_the_example_is_shown(capsys, monkeypatch):
    shown = []
    monkeypatch.setattr(module, "display", shown.append)
    LiveHand(network(), np.full((64, 64, 3), 90, np.uint8), 0.8).show()
    assert len(shown) == 1 and shown[0].alt.startswith("A still example")
