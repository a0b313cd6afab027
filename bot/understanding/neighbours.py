"""What the training texts nearest in meaning are: kernel regression over all of them.

Every training text has a say, weighed by exp(`SHARPNESS` · cosine): the few that are really near decide, and where none
is near the nearest ones do (Nadaraya and Watson, 1964). On messages by another author it tells concerns from harmless
twins better than a linear head does: docs/decisions/0016-neighbours.md.

The search is one product of 8-bit integers over the whole bank, a fraction of what encoding a text costs. It hangs on
how much memory it reads, so the bank holds the `KEPT` directions in which the training texts differ most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from bot.understanding.encoder import Matrix

SHARPNESS: Final = 30.0
KEPT: Final = 192  # of 384 directions: 93% of the length, and as good a search (0016)
# Seven of the eight bits: on processors without VNNI two products of eight bits overflow sixteen.
_LARGEST: Final = 63
_ZERO: Final = 128


@dataclass(frozen=True)
class Group:
    """What a run of neighbouring rows of the bank is: `labels` share them equally, none where nobody said."""

    labels: tuple[str, ...]
    concern: str
    size: int


@dataclass(frozen=True)
class Neighbours:
    """The bank as an ONNX graph, from texts to the weight of each row, and its rows in groups.

    `directions`: (384, directions kept), from embeddings to what the bank compares.
    """

    graph: bytes
    groups: tuple[Group, ...]
    directions: Matrix

    @classmethod
    def fit(
        cls, embeddings: Matrix, labels: Sequence[tuple[str, ...]], concerns: Sequence[str]
    ) -> Neighbours:
        """One row of `embeddings`, one entry of `labels` and of `concerns` a training text. Deterministic."""
        order = sorted(range(len(labels)), key=lambda row: (labels[row], concerns[row]))
        groups: list[Group] = []
        for row in order:
            if groups and (groups[-1].labels, groups[-1].concern) == (labels[row], concerns[row]):
                groups[-1] = Group(labels[row], concerns[row], groups[-1].size + 1)
            else:
                groups.append(Group(labels[row], concerns[row], 1))
        directions = _main_directions(embeddings)
        return cls(_graph(embeddings[order] @ directions), tuple(groups), directions)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(sorted({label for group in self.groups for label in group.labels}))

    @cached_property
    def concerns(self) -> tuple[str, ...]:
        return tuple(sorted({group.concern for group in self.groups}))

    def shares(self, embeddings: Matrix) -> tuple[Matrix, Matrix]:
        """The share of each label and of each concern class around some texts.

        `embeddings`: (n, 384). Shapes: (n, len(labels)), (n, len(concerns)); every row sums to 1.
        """
        weights = self._weights(embeddings)
        sums = np.add.reduceat(weights, self._starts, axis=1)
        by_label, by_concern = sums @ self._label_shares, sums @ self._concern_shares
        return _normalised(by_label), _normalised(by_concern)

    def nearest(self, embedding: Matrix, count: int) -> tuple[str, ...]:
        """What the rows nearest to one text, (1, 384), are about, nearest first: the first label, or the concern."""
        weights = self._weights(embedding)[0]
        rows = np.argpartition(-weights, min(count, len(weights) - 1))[:count]
        ranked = rows[np.argsort(-weights[rows], kind="stable")]
        found = np.searchsorted(self._starts, ranked, side="right") - 1
        return tuple((*self.groups[index].labels, self.groups[index].concern)[0] for index in found)

    def _weights(self, embeddings: Matrix) -> Matrix:
        weights: Matrix = self._session.run(None, _coded(embeddings @ self.directions))[0]
        return weights

    @cached_property
    def _starts(self) -> npt.NDArray[np.int64]:
        sizes = np.array([group.size for group in self.groups], dtype=np.int64)
        return np.concatenate([[0], np.cumsum(sizes)[:-1]])

    @cached_property
    def _label_shares(self) -> Matrix:
        places = {label: place for place, label in enumerate(self.labels)}
        shares = np.zeros((len(self.groups), len(places)), dtype=np.float32)
        for row, group in enumerate(self.groups):
            for label in group.labels:
                shares[row, places[label]] = 1.0 / len(group.labels)
        return shares

    @cached_property
    def _concern_shares(self) -> Matrix:
        shares = np.zeros((len(self.groups), len(self.concerns)), dtype=np.float32)
        for row, group in enumerate(self.groups):
            shares[row, self.concerns.index(group.concern)] = 1.0
        return shares

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(self.graph, options, providers=["CPUExecutionProvider"])


def _normalised(sums: Any) -> Matrix:
    # Where no row near has a label the sum may be next to nothing.
    result: Matrix = (sums / np.maximum(sums.sum(axis=1, keepdims=True), 1e-30)).astype(np.float32)
    return result


def _main_directions(embeddings: Matrix) -> Matrix:
    moments = embeddings.astype(np.float64).T @ embeddings
    found = np.linalg.eigh(moments)[1][:, ::-1][:, :KEPT]
    # A direction may as well point the other way: always the same one.
    ways = np.sign(found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])])
    directions: Matrix = np.ascontiguousarray(found * ways, dtype=np.float32)
    return directions


def _coded(embeddings: Matrix) -> dict[str, npt.NDArray[Any]]:
    """Each row in 8 bits with a scale of its own, so that no text changes what another's neighbours are."""
    scale = np.maximum(np.abs(embeddings).max(axis=1, keepdims=True), 1e-12) / 127
    return {"coded": (np.rint(embeddings / scale) + _ZERO).astype(np.uint8), "coded.scale": scale}


def _graph(bank: Matrix) -> bytes:
    """`coded`, uint8 (n, directions), with `coded.scale`, (n, 1), to `weights`, float32 (n, rows).

    A cosine of 1 weighs e^30, which single precision holds easily.
    """
    scale = max(float(np.abs(bank).max()), 1e-12) / _LARGEST
    constants = {
        "bank": np.rint(bank / scale).astype(np.int8).T,
        "bank.scale": np.array([[scale * SHARPNESS]], dtype=np.float32),
        "zero": np.array(_ZERO, dtype=np.uint8),
    }
    nodes = [
        helper.make_node("MatMulInteger", ["coded", "bank", "zero"], ["products"]),
        helper.make_node("Cast", ["products"], ["single"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["coded.scale", "bank.scale"], ["scale"]),
        helper.make_node("Mul", ["single", "scale"], ["likeness"]),
        helper.make_node("Exp", ["likeness"], ["weights"]),
    ]
    made = helper.make_graph(
        nodes,
        "neighbours",
        [
            helper.make_tensor_value_info("coded", TensorProto.UINT8, ["texts", bank.shape[1]]),
            helper.make_tensor_value_info("coded.scale", TensorProto.FLOAT, ["texts", 1]),
        ],
        [helper.make_tensor_value_info("weights", TensorProto.FLOAT, ["texts", len(bank)])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name=""
    )
    serialised: bytes = model.SerializeToString(deterministic=True)
    onnx.checker.check_model(serialised)
    return serialised
