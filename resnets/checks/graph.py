"""The symbolic graph that a learner's function builds: its tensors, its open ends, its weights.

Who calls it: the checks, and whatever else compares two Keras models as functions.

Weights are given *by role*. A layer's role is its kind, the shape of its weights and the roles of
the nearest layers with weights before it; everything without weights (activations, padding,
additions, names) does not count. So two programs that compute the same function in different
spellings get the same weights, and a program that goes wrong somewhere has the same weights as
the reference up to that point.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import keras
import numpy as np

# BatchNormalization's default. A slightly other value is a matter of taste, not a mistake.
_EPSILON = 1e-3
_EPSILON_AT_MOST = 1e-2


def producer(tensor: keras.KerasTensor):
    """The node (one call of one layer) that put `tensor` out."""
    operation, node_index, _ = tensor._keras_history
    return operation._inbound_nodes[node_index]


def tensors_before(tensors: Iterable[keras.KerasTensor]) -> list[keras.KerasTensor]:
    """Every tensor that `tensors` are computed from, and they themselves, in order of computing."""
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
    """Every tensor computed from `tensor`, in no particular order; `tensor` comes first."""
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
    """The tensors computed from `tensor` that nothing goes on from.

    What a function had built when it stopped half-way, or returned something else.
    """
    return [t for t in tensors_after(tensor) if t is not tensor and not list(_consumers(t))]


def source_input(tensor: keras.KerasTensor) -> keras.KerasTensor:
    """The keras.Input that `tensor` is computed from."""
    return tensors_before([tensor])[0]


_AGAIN = "__again_"


def unique_names(tensors: Iterable[keras.KerasTensor]) -> None:
    """Rename layers so that no two behind `tensors` share a name.

    Keras needs unique layer names, and a name changes no function.
    """
    seen: dict[str, object] = {}
    for tensor in tensors_before(tensors):
        operation = producer(tensor).operation
        if seen.setdefault(operation.name, operation) is not operation:
            operation.name = f"{operation.name}{_AGAIN}{len(seen)}"
            seen[operation.name] = operation


def given_name(layer: keras.Layer) -> str:
    """The name that the learner gave, whatever `unique_names` has made of it."""
    return layer.name.split(_AGAIN)[0]


def assign_weights(model: keras.Model, seed: int) -> dict[keras.Layer, str]:
    """Give every weight of `model` a random value that depends on `seed` and on its role only.

    Kernels are normal with variance 1 / fan-in (a quarter of that in dense layers, so that a
    softmax is not saturated): a deep stack of residual blocks stays in range. Gamma and the
    moving variance lie around 1, beta and the moving mean around 0. A convolution's bias is 0:
    BatchNorm takes it out again, so leaving it out is no mistake. Nested models are entered, and
    a Dropout's random numbers start from `seed`.

    Returns:
        Each layer's role, a short text.
    """
    inputs = {id(tensor): frozenset({"input"}) for tensor in model.inputs}
    roles: dict[keras.Layer, str] = {}
    _assign_in(model, inputs, seed, roles)
    return roles


def _assign_in(
    model: keras.Model, roles: dict[int, frozenset[str]], seed: int, done: dict[keras.Layer, str]
) -> list[frozenset[str]]:
    """Walk `model`; `roles` maps each tensor to the nearest layers with weights before it."""
    for node in _nodes(model):
        before = frozenset().union(*(roles[id(t)] for t in node.input_tensors))
        operation = node.operation
        if isinstance(operation, keras.Model) and _graph_of(operation) is not None:
            inner = _graph_of(operation)
            entering = {
                id(t): roles[id(outer)]
                for t, outer in zip(inner.inputs, node.input_tensors, strict=False)
            }
            leaving = _assign_in(inner, entering, seed, done)
            roles.update(zip(map(id, node.output_tensors), leaving, strict=False))
            continue
        if isinstance(operation, keras.layers.Dropout):
            operation.seed_generator.state.assign([seed, 0])
        if isinstance(operation, keras.Layer) and operation.weights:
            kind = _kind(operation, node)
            role = _role(operation, kind, before)
            if operation not in done:
                done[operation] = role
                _draw(operation, kind, seed, role)
            before = frozenset({role})
        roles.update({id(t): before for t in node.output_tensors})
    return [roles[id(tensor)] for tensor in model.outputs]


def _graph_of(model: keras.Model):
    """The functional graph behind a Functional or a built Sequential model, else None."""
    if isinstance(model, keras.Sequential):
        model = getattr(model, "_functional", None)
    return model if getattr(model, "_nodes_by_depth", None) else None


def _nodes(model: keras.Model) -> list:
    """The calls in `model`, each after those that feed it, the inputs left out."""
    depths = _graph_of(model)._nodes_by_depth
    nodes = [node for depth in sorted(depths, reverse=True) for node in depths[depth]]
    return [node for node in nodes if node.input_tensors]


def _kind(layer: keras.Layer, node) -> str:
    """The layer's class; a dense layer called on an image is a 1x1 convolution of it."""
    if isinstance(layer, keras.layers.Dense) and len(node.input_tensors[0].shape) == 4:
        return "Conv2D"
    return type(layer).__name__


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
    if isinstance(layer, keras.layers.BatchNormalization) and layer.epsilon <= _EPSILON_AT_MOST:
        layer.epsilon = _EPSILON


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
