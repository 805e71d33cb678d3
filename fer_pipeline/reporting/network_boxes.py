"""The layers of a network as boxes: those that belong together are one, and a residual block is one panel."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

# Class of a layer: kind of its box, and what stands under it.
LAYERS = {
    "InputLayer": ("input", "face"), "CenterCrop": ("input", "crop"), "Resizing": ("input", "resize"),
    "Concatenate": ("input", "as colour"), "Rescaling": ("input", ""), "Normalization": ("input", ""),
    "Conv2D": ("convolution", "{size}, {layer.filters}"), "DepthwiseConv2D": ("convolution", "{size} depthwise"),
    "SeparableConv2D": ("convolution", "{size} sep, {layer.filters}"),
    "MaxPooling2D": ("pooling", "max {size}"), "AveragePooling2D": ("pooling", "mean {size}"),
    "GlobalAveragePooling2D": ("pooling", "global mean"), "Flatten": ("flatten", "flatten"),
    "Dense": ("dense", "dense"), "Dropout": ("dropout", "drop {layer.rate:g}"),
    "BatchNormalization": ("band", "normalisation"), "ReLU": ("band", "activation"),
    "Activation": ("band", "activation"), "ZeroPadding2D": ("nothing", ""), "Reshape": ("nothing", ""),
}
# Kind of a box: its colour, and its name in the legend.
KINDS = {
    "input": ("training", "input, cropped or resized"), "convolution": ("private", "convolution (kernel, filters)"),
    "pooling": ("public", "pooling"), "attention": ("strict", "squeeze and excitation (SE, units)"),
    "dense": ("good", "dense"), "flatten": ("muted", "flatten"), "dropout": ("muted", "dropout"),
    "drop path": ("muted", "dropout of all maps"), "other": ("muted", "other"),
}
BANDS = {"normalisation": "surface", "activation": "ink"}       # over the colour of the box


@dataclass(frozen=True)
class Box:
    """A layer with those folded into it, or a block of branches, such as a residual one.

    Attributes:
        kind: A key of `KINDS`; of a block the class of the layer that joins its branches.
        text: What stands under it; of a block what its shorter branches do, "" for nothing.
        shape: `(height, width, channels)` or `(units,)` of its output.
        before: Keys of `BANDS`, applied to its input.
        after: Likewise, applied to its output.
        frozen: Its weights do not train.
        inside: The boxes of a block's longest branch.
        dropped: In training that branch is left out at random.
        times: How many equal ones follow each other.
        size: `shape` as written under it; "" if it is that of the box before.
    """

    kind: str
    text: str
    shape: tuple[int, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    frozen: bool = False
    inside: tuple["Box", ...] = ()
    dropped: bool = False
    times: int = 1
    size: str = ""

    @property
    def pale(self) -> bool:
        return self.frozen or self.kind == "dropout"


def boxes_of(network: Any) -> list[Box]:
    """The boxes of a Keras network, first to last."""
    return _with_sizes(_with_repeats_folded(_with_inputs_folded(_with_bands_folded(_boxes(_output(network), None)))))


def _output(network: Any) -> Any:
    history = network.outputs[0]._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _boxes(end: Any, start: Any) -> Iterator[Box]:
    """A box for each node after `start` that all ways to `end` pass; None is before the first."""
    for before, node in pairwise([start, *_passed_by_all(end, start)]):
        parents = list(dict.fromkeys(node.parent_nodes))
        if len(parents) > 1:
            yield _joined(node.operation, [_with_bands_folded(_boxes(parent, before)) for parent in parents])
        elif hasattr(node.operation, "layers"):     # a network within
            inner = _output(node.operation)
            yield from _boxes(inner, _passed_by_all(inner, None)[0])
        else:
            yield _box(node.operation)


def _passed_by_all(end: Any, start: Any) -> list[Any]:
    """The nodes after `start` up to `end` that no edge bypasses, in order."""
    nodes = _with_ancestors(end, start)
    place = {node: number for number, node in enumerate(nodes)}
    passed, earliest = [], len(nodes)
    for node in reversed(nodes):
        if earliest >= place[node]:
            passed.append(node)
        earliest = min([earliest, *(place.get(parent, -1) for parent in node.parent_nodes)])
    return passed[::-1]


def _with_ancestors(end: Any, start: Any) -> list[Any]:
    """`end` and what it is computed from, back to `start`, which is left out; each after its parents."""
    found: dict[Any, None] = {}

    def visit(node: Any) -> None:
        if node is not start and node not in found:
            for parent in node.parent_nodes:
                visit(parent)
            found[node] = None

    visit(end)
    return list(found)


def _box(layer: Any) -> Box:
    kind, text = LAYERS.get(type(layer).__name__, ("other", type(layer).__name__))
    window = getattr(layer, "kernel_size", getattr(layer, "pool_size", ()))
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    if kind == "pooling" and window == (1, 1):
        text = "stride {layer.strides[0]}"
    elif (kind, activation) == ("dense", "softmax"):
        text = activation
    elif getattr(layer, "noise_shape", None):
        kind = "drop path"
    return Box(kind, text.format(layer=layer, size="×".join(map(str, window))), tuple(layer.output.shape[1:]),
               after=("activation",) if kind != "band" and activation != "linear" else (),
               frozen=bool(layer.weights) and not layer.trainable)


def _joined(layer: Any, branches: list[list[Box]]) -> Box:
    main = max(branches, key=lambda branch: (sum(box.kind == "convolution" for box in branch), len(branch)))
    shape = tuple(layer.output.shape[1:])
    if type(layer).__name__ == "Multiply":
        return Box("attention", f"SE, {min(box.shape[-1] for box in main)}", shape)
    inside = tuple(box for box in flat(main) if box.kind != "drop path")
    if not inside:
        return Box("other", type(layer).__name__, shape)
    shortcut = [box for branch in branches if branch is not main for box in flat(branch)]
    shown = [box for box in shortcut if box.kind == "convolution"] or shortcut
    return Box(type(layer).__name__, " + ".join(box.text for box in shown), shape, inside=inside,
               dropped=any(box.kind == "drop path" for box in main))


def _with_bands_folded(boxes: Iterable[Box]) -> list[Box]:
    folded: list[Box] = []
    waiting: tuple[str, ...] = ()
    for box in boxes:
        if box.kind == "band" and folded:
            folded[-1] = replace(folded[-1], after=(*folded[-1].after, box.text))
        elif box.kind == "band":
            waiting = (*waiting, box.text)
        elif box.kind != "nothing":
            folded.append(replace(box, before=waiting))
            waiting = ()
    return folded


def _with_inputs_folded(boxes: list[Box]) -> list[Box]:
    """The face, and in one box what becomes of it before the first weight, if its shape changes."""
    face, *steps = [box for box in boxes if box.kind == "input"]
    changing = [box for before, box in pairwise([face, *steps]) if box.shape != before.shape]
    made = [replace(changing[0], shape=steps[-1].shape)] if changing else []
    return [face, *made, *(box for box in boxes if box.kind != "input")]


def _with_repeats_folded(boxes: list[Box]) -> list[Box]:
    folded: list[Box] = []
    for box in boxes:
        if box.inside and folded and replace(folded[-1], times=1) == box:
            folded[-1] = replace(box, times=folded[-1].times + 1)
        else:
            folded.append(box)
    return folded


def _with_sizes(boxes: Iterable[Box], last: tuple[int, ...] = ()) -> list[Box]:
    sized = []
    for box in boxes:
        same = box.inside or (box.shape == last and box.kind != "dense")
        written = "×".join(f"{number:,}" if len(box.shape) == 1 else str(number) for number in box.shape)
        sized.append(replace(box, inside=tuple(_with_sizes(box.inside, last)), size="" if same else written))
        last = box.shape
    return sized


def flat(boxes: Iterable[Box]) -> Iterator[Box]:
    """The boxes, and instead of a panel those within it."""
    return (one for box in boxes for one in (box.inside or (box,)))
