"""Walk the symbolic graph that a learner's function builds, and set its weights.

Who calls it: the checks, and whatever else compares two Keras models as functions.

Weights are set *by role*. A layer's role consists of its kind, the shape of its weights and the
roles of the nearest layers with weights before it. Everything without weights (activations,
padding, additions) and all names are ignored. So two programs that compute the same function in
different ways get the same weights, and a wrong program has the same weights as the reference up
to its first mistake.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import keras
import numpy as np

DEFAULT_EPSILON = 1e-3
"""Of BatchNormalization and LayerNormalization; papers and libraries use other small values."""
LARGEST_EPSILON = 1e-2
"""Up to this value an epsilon is a matter of taste: it is replaced by the default."""


def producer(tensor: keras.KerasTensor):
    """Return the node (one call of one layer) that computed `tensor`."""
    operation, node_index, _ = tensor._keras_history
    return operation._inbound_nodes[node_index]


def tensors_before(tensors: Iterable[keras.KerasTensor]) -> list[keras.KerasTensor]:
    """Return `tensors` and all tensors that they are computed from, inputs first."""
    found: dict[int, keras.KerasTensor] = {}
    waiting = [(tensor, False) for tensor in reversed(list(tensors))]
    while waiting:
        tensor, inputs_done = waiting.pop()
        if inputs_done:
            found.setdefault(id(tensor), tensor)
        elif id(tensor) not in found:
            waiting.append((tensor, True))
            waiting += [(t, False) for t in reversed(producer(tensor).input_tensors)]
    return list(found.values())


def tensors_after(tensor: keras.KerasTensor) -> list[keras.KerasTensor]:
    """Return `tensor`, then all tensors computed from it, in no particular order."""
    found = {id(tensor): tensor}
    waiting = [tensor]
    while waiting:
        for follower in _consumers(waiting.pop()):
            for output in follower.output_tensors:
                if id(output) not in found:
                    found[id(output)] = output
                    waiting.append(output)
    return list(found.values())


def _consumers(tensor: keras.KerasTensor) -> Iterator:
    for node in producer(tensor).operation._outbound_nodes:
        if any(t is tensor for t in node.input_tensors):
            yield node


def open_ends(tensor: keras.KerasTensor) -> list[keras.KerasTensor]:
    """Return the tensors computed from `tensor` that no other layer uses.

    They show what a function had built when it stopped half-way or returned something else.
    """
    return [t for t in tensors_after(tensor) if t is not tensor and not list(_consumers(t))]


def source_input(tensor: keras.KerasTensor) -> keras.KerasTensor:
    """Return the keras.Input that `tensor` is computed from."""
    return tensors_before([tensor])[0]


_AGAIN = "__again_"


def unique_names(tensors: Iterable[keras.KerasTensor]) -> None:
    """Rename layers before `tensors` so that no two share a name.

    Keras needs unique layer names to make a model, and a name does not change the function.
    """
    seen: dict[str, object] = {}
    for tensor in tensors_before(tensors):
        operation = producer(tensor).operation
        if seen.setdefault(operation.name, operation) is not operation:
            operation.name = f"{operation.name}{_AGAIN}{len(seen)}"
            seen[operation.name] = operation


def given_name(layer: keras.Layer) -> str:
    """Return the name that the learner gave, before `unique_names` changed it."""
    return layer.name.split(_AGAIN)[0]


def layer_roles(model: keras.Model) -> dict[keras.Layer, str]:
    """Return the role of each layer with weights, a short text; nested models are included.

    A role says what the layer is, the shapes of its weights, and the roles just before it.
    """
    return {layer: role for layer, (_, role) in _found_in(model).items() if role}


def assign_weights(model: keras.Model, seed: int) -> dict[keras.Layer, str]:
    """Set every weight of `model` to a random value that depends only on `seed` and its role.

    Kernels are normally distributed with variance 1 / fan-in (a quarter of that in dense layers, so
    that the softmax does not saturate); this keeps a deep stack of residual blocks in range. Gamma
    and the moving variance lie around 1, beta and the moving mean around 0. The bias of a
    convolution is 0: BatchNorm cancels it, so leaving it out is not a mistake. Nested models are
    included, and a Dropout's random numbers start from `seed`.

    Returns:
        Each layer with its role, as `layer_roles` gives it.
    """
    found = _found_in(model)
    for layer, (kind, role) in found.items():
        if role:
            _draw(layer, kind, seed, role)
        else:
            layer.seed_generator.state.assign([seed, 0])
    return {layer: role for layer, (_, role) in found.items() if role}


def _found_in(model: keras.Model) -> dict[keras.Layer, tuple[str, str]]:
    """Return kind and role of each layer with weights, and of each Dropout, whose role is "".

    A Dropout that drops nothing is left out.
    """
    inputs = {id(tensor): frozenset({"input"}) for tensor in model.inputs}
    found: dict[keras.Layer, tuple[str, str]] = {}
    _find(model, inputs, found)
    return found


def _find(
    model: keras.Model,
    roles: dict[int, frozenset[str]],
    found: dict[keras.Layer, tuple[str, str]],
    in_image: bool = False,
) -> list[frozenset[str]]:
    """Fill `found` with the layers of `model`, and return the roles before each of its outputs.

    Args:
        roles: for each tensor's id, the roles of the nearest layers with weights before it.
        in_image: whether an image is computed from the output of `model`, a nested one.
    """
    for node in _nodes(model):
        before = frozenset().union(*(roles[id(t)] for t in node.input_tensors))
        operation = node.operation
        if isinstance(operation, keras.Model) and _graph_of(operation) is not None:
            inner = _graph_of(operation)
            entering = {
                id(t): roles[id(outer)]
                for t, outer in zip(inner.inputs, node.input_tensors, strict=False)
            }
            leaving = _find(operation, entering, found, in_image or _becomes_image(node))
            roles.update(zip(map(id, node.output_tensors), leaving, strict=False))
            continue
        # Keras gives a Dropout of rate 0 no random numbers.
        if isinstance(operation, keras.layers.Dropout) and operation.rate > 0:
            found[operation] = (type(operation).__name__, "")
        elif isinstance(operation, keras.Layer) and operation.weights:
            kind = _kind(operation, node, in_image)
            role = _role(operation, kind, before)
            found.setdefault(operation, (kind, role))
            before = frozenset({role})
        roles.update({id(t): before for t in node.output_tensors})
    return [roles[id(tensor)] for tensor in model.outputs]


def _graph_of(model: keras.Model):
    """Return the functional graph of a Functional or a built Sequential model, else None."""
    if isinstance(model, keras.Sequential):
        model = getattr(model, "_functional", None)
    return model if getattr(model, "_nodes_by_depth", None) else None


def _nodes(model: keras.Model) -> list:
    """Return the calls in `model` without the inputs, each after the calls that feed it."""
    depths = _graph_of(model)._nodes_by_depth
    nodes = [node for depth in sorted(depths, reverse=True) for node in depths[depth]]
    return [node for node in nodes if node.input_tensors]


def _kind(layer: keras.Layer, node, in_image: bool) -> str:
    """Return the layer's class; a dense layer can count as a 1x1 convolution.

    It does if it is called on an image, or if an image is computed from its output: the gate of a
    squeeze-and-excitation block can be written with vectors or with images of one position.
    """
    if isinstance(layer, keras.layers.Dense):
        if in_image or _is_image(node.input_tensors[0]) or _becomes_image(node):
            return "Conv2D"
    return type(layer).__name__


def _is_image(tensor: keras.KerasTensor) -> bool:
    return len(tensor.shape) == 4


def _becomes_image(node) -> bool:
    return any(_is_image(t) for end in node.output_tensors for t in tensors_after(end))


def _role(layer: keras.Layer, kind: str, before: frozenset[str]) -> str:
    shapes = [tuple(w.shape) for w in layer.weights if w.name != "bias"]
    if isinstance(layer, keras.layers.Dense) and kind == "Conv2D":
        shapes = [(1, 1, *shape) for shape in shapes]
    text = f"{kind} {shapes} {sorted(before)}"
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _draw(layer: keras.Layer, kind: str, seed: int, role: str) -> None:
    for variable in layer.weights:
        if not variable.dtype.startswith(("float", "bfloat")):
            continue
        key = hashlib.blake2b(f"{seed} {role} {variable.name}".encode(), digest_size=8)
        rng = np.random.Generator(np.random.SFC64(int.from_bytes(key.digest())))
        variable.assign(_values(variable.name, tuple(variable.shape), kind, rng))
    if isinstance(layer, keras.layers.BatchNormalization) and layer.epsilon <= LARGEST_EPSILON:
        layer.epsilon = DEFAULT_EPSILON


def _values(name: str, shape: tuple[int, ...], kind: str, rng: np.random.Generator) -> np.ndarray:
    if name == "bias" and "Conv" in kind:
        return np.zeros(shape, np.float32)
    if name in ("gamma", "moving_variance"):
        return rng.uniform(0.5, 1.5, shape).astype(np.float32)
    normal = rng.standard_normal(shape, dtype=np.float32)
    if len(shape) < 2:
        return 0.3 * normal
    gain = 0.25 if kind == "Dense" else 1.0
    return normal * np.float32(np.sqrt(gain / np.prod(shape[:-1])))
