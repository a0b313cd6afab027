"""Logistic regression as plain arrays: stored without pickle, applied with numpy."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import softmax
from threadpoolctl import threadpool_limits

from bot.understanding.encoder import Matrix
from bot.understanding.features import Rows

Array = npt.NDArray[np.float32]

# More rounds change nothing on held-out messages and cost minutes: stopping early regularises as the penalty does.
MAX_ITERATIONS: Final = 24
CHUNKS: Final = 4  # of the training rows, each on a thread of its own where there are cores


@dataclass(frozen=True)
class LinearHead:
    """Weights of `classes`.

    Shapes: `kernel` (landmarks, classes), `spelling` (buckets, classes), `bias` (classes,): scipy copies a
    transposed matrix at every product.
    """

    classes: tuple[str, ...]
    kernel: Array
    spelling: Array
    bias: Array

    def probabilities(self, rows: Rows) -> Array:
        """Shape (n, len(classes)); each row sums to 1."""
        result: Array = softmax(self._scores(rows), axis=1)
        return result

    def _scores(self, rows: Rows) -> Array:
        scores: Array = rows.kernel @ self.kernel + np.asarray(rows.spelling @ self.spelling) + self.bias
        return scores


def fit_head(rows: Rows, whitening: Matrix, targets: Sequence[str], weights: Sequence[float]) -> LinearHead:
    """Learn to tell which class a row is of, with an L2 penalty of 1, on any number of cores with the same result.

    One target and weight a row. L-BFGS straight from scipy: scikit-learn would need the dense and the sparse block in
    one sparse matrix, which takes three to four times as long.
    """
    classes = tuple(sorted(set(targets)))
    places = {name: place for place, name in enumerate(classes)}
    wanted = np.array([places[target] for target in targets])
    share = np.asarray(weights, dtype=np.float64)
    dense = rows.kernel @ whitening
    chunks = [
        _Chunk(dense[part], rows.spelling[part], wanted[part], share[part])
        for part in np.array_split(np.arange(len(share)), CHUNKS)
    ]
    shapes = ((dense.shape[1], len(classes)), (rows.spelling.shape[1], len(classes)), (len(classes),))
    cuts = np.cumsum([int(np.prod(shape)) for shape in shapes])

    def unpacked(flat: Any) -> list[Any]:
        parts = np.split(flat, cuts[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]

    # One BLAS thread for each chunk: with more, the order of sums would hang on the machine.
    with ThreadPoolExecutor(min(CHUNKS, os.cpu_count() or 1)) as threads, threadpool_limits(1, "blas"):

        def loss(flat: Any) -> tuple[float, Any]:
            single = [part.astype(np.float32) for part in unpacked(flat)]
            found = list(threads.map(lambda chunk: chunk.loss(*single), chunks))
            gradient = [
                sum(part).ravel() for part in zip(*(gradients for _, gradients in found), strict=True)
            ]
            penalised = flat.copy()
            penalised[cuts[1] :] = 0.0  # the bias is free
            penalty = 0.5 * float(penalised @ penalised)
            return penalty + sum(value for value, _ in found), np.concatenate(gradient) + penalised

        options = {"maxiter": MAX_ITERATIONS, "maxcor": 6}
        best = minimize(loss, np.zeros(cuts[-1]), jac=True, method="L-BFGS-B", options=options)
    kernel, spelling, bias = unpacked(best.x)
    return LinearHead(
        classes=classes,
        # Folded, so that reading a message needs no whitening.
        kernel=np.ascontiguousarray(whitening @ kernel, dtype=np.float32),
        spelling=np.ascontiguousarray(spelling, dtype=np.float32),
        bias=bias.astype(np.float32),
    )


class _Chunk:
    """Some of the training rows. Products in single precision; sums of the loss in double."""

    def __init__(
        self, dense: Matrix, spelled: Any, wanted: npt.NDArray[Any], share: npt.NDArray[np.float64]
    ) -> None:
        """`wanted`: the place of each row's class."""
        self._dense = dense
        self._spelled = spelled
        self._spelled_t = spelled.T.tocsr()
        self._cells = (np.arange(len(wanted)), wanted)
        self._share = share

    def loss(self, kernel: Array, spelling: Array, bias: Array) -> tuple[float, tuple[Any, Any, Any]]:
        """Minus the weighted log likelihood, and its gradient for each of the three."""
        scores = self._dense @ kernel + self._spelled @ spelling + bias
        scores -= scores.max(axis=1, keepdims=True)
        likelihood = scores[self._cells]
        error = np.exp(scores, out=scores)
        total = error.sum(axis=1, keepdims=True)
        likelihood -= np.log(total[:, 0])
        error /= total
        error[self._cells] -= 1.0
        error *= self._share[:, None].astype(np.float32)
        gradients = (self._dense.T @ error, self._spelled_t @ error, error.sum(axis=0, dtype=np.float64))
        return -float(self._share @ likelihood), gradients
