"""Lesson 4's ResNet50 in PyTorch: the time of its training steps.

    python benchmarks/_torch_step.py START.npz --steps 12 [--bfloat16]

Who runs it: `training_step.py`, with a Python that has PyTorch and numpy. START.npz holds the
weights of the Keras network by "layer/weight", the images and the labels, so that both begin with
the same weights and get the same batches. Prints the same JSON as the others.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

STAGES = ((2, 64, "abc", 1), (3, 128, "abcd", 2), (4, 256, "abcdef", 2), (5, 512, "abc", 2))
BATCH = 32


class Layer(nn.Sequential):
    """A convolution and the BatchNorm after it, with Keras's epsilon and momentum."""

    def __init__(self, channels: int, filters: int, size: int, stride: int = 1, padding: int = 0):
        super().__init__(
            nn.Conv2d(channels, filters, size, stride, padding),
            nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01),
        )


class Block(nn.Module):
    """A residual block; the first of a stage has a convolution on its shortcut."""

    def __init__(self, channels: int, width: int, stride: int, first: bool):
        super().__init__()
        self.branch2a = Layer(channels, width, 1, stride)
        self.branch2b = Layer(width, width, 3, padding=1)
        self.branch2c = Layer(width, 4 * width, 1)
        self.branch1 = Layer(channels, 4 * width, 1, stride) if first else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's output."""
        y = torch.relu(self.branch2b(torch.relu(self.branch2a(x))))
        return torch.relu(self.branch2c(y) + self.branch1(x))


class ResNet50(nn.Module):
    """The network; gives logits."""

    def __init__(self, classes: int = 6):
        super().__init__()
        self.conv1 = Layer(3, 64, 7, 2, padding=3)
        self.blocks, channels = nn.ModuleDict(), 64
        for stage, width, letters, stride in STAGES:
            for letter in letters:
                first = letter == "a"
                block = Block(channels, width, stride if first else 1, first)
                self.blocks[f"{stage}{letter}"] = block
                channels = 4 * width
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits for images (N, 3, 64, 64)."""
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 3, 2)
        for block in self.blocks.values():
            x = block(x)
        return self.fc(nn.functional.avg_pool2d(x, 2).flatten(1))

    def layers(self) -> dict[str, Layer]:
        """Return convolution and BatchNorm by the end of their names in the lesson."""
        inside = {
            f"{label}_{name}": layer
            for label, block in self.blocks.items()
            for name, layer in block.named_children()
            if isinstance(layer, Layer)
        }
        return {"conv1": self.conv1, **inside}


def load(model: ResNet50, start: dict[str, np.ndarray]) -> None:
    """Give the network the weights of the Keras network."""
    with torch.no_grad():
        for name, (convolution, norm) in model.layers().items():
            conv_name, norm_name = (
                ("conv1", "bn_conv1") if name == "conv1" else (f"res{name}", f"bn{name}")
            )
            kernel = start[f"{conv_name}/kernel"].transpose(3, 2, 0, 1)
            convolution.weight.copy_(torch.from_numpy(kernel.copy()))
            convolution.bias.copy_(torch.from_numpy(start[f"{conv_name}/bias"]))
            norm.weight.copy_(torch.from_numpy(start[f"{norm_name}/gamma"]))
            norm.bias.copy_(torch.from_numpy(start[f"{norm_name}/beta"]))
        model.fc.weight.copy_(torch.from_numpy(start["fc6/kernel"].T.copy()))
        model.fc.bias.copy_(torch.from_numpy(start["fc6/bias"]))


def measured(start: dict[str, np.ndarray], steps: int, bfloat16: bool) -> dict[str, float]:
    """Train for some steps; seconds of a step and of the first, its loss, number of weights."""
    model = ResNet50().to(memory_format=torch.channels_last)
    load(model, start)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
    x = torch.from_numpy(start["images"]).permute(0, 3, 1, 2)
    y = torch.from_numpy(start["labels"]).long()
    ends, losses = [time.monotonic()], []
    for step in range(steps):
        rows = slice(step * BATCH, (step + 1) * BATCH)
        batch = x[rows].contiguous(memory_format=torch.channels_last)
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            logits = model(batch)
        loss = nn.functional.cross_entropy(logits.float(), y[rows])
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
        ends.append(time.monotonic())
    later = [after - before for before, after in zip(ends[2:], ends[3:], strict=False)]
    return {
        "step": statistics.median(later),
        "first": ends[1] - ends[0],
        "loss": losses[0],
        "weights": sum(weight.numel() for weight in model.parameters()),
    }


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("start", type=Path)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--bfloat16", action="store_true")
    options = parser.parse_args()
    with np.load(options.start) as file:
        start = dict(file)
    print(json.dumps(measured(start, options.steps, options.bfloat16)))


if __name__ == "__main__":
    main()
