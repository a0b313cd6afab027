"""Logistic regression as plain arrays: stored without pickle, applied with numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import logsumexp

from bot.understanding.encoder import Matrix
from bot.understanding.features import Rows

Array = npt.NDArray[np.float32]

# More rounds change nothing on held-out messages and cost minutes: stopping early regularises as the penalty does.
MAX_ITERATIONS: Final = 60


@dataclass(frozen=True)
class LinearHead:
    """A softmax over `classes`.

    Shapes: `kernel` (landmarks, classes), `spelling` (buckets, classes), `bias` (classes,): scipy copies a
    transposed matrix at every product.
    """

    classes: tuple[str, ...]
    kernel: Array
    spelling: Array
    bias: Array

    def probabilities(self, rows: Rows) -> Array:
        """Shape (n, len(classes)); each row sums to 1."""
        scores = rows.kernel @ self.kernel + np.asarray(rows.spelling @ self.spelling) + self.bias
        scores -= scores.max(axis=1, keepdims=True)
        exponents = np.exp(scores)
        result: Array = exponents / exponents.sum(axis=1, keepdims=True)
        return result


def fit(
    rows: Rows, whitening: Matrix, picked: Sequence[int], targets: Sequence[str], weights: Sequence[float]
) -> LinearHead:
    """Fit a softmax head with an L2 penalty of 1 on `rows[picked]`. Deterministic.

    L-BFGS straight from scipy: scikit-learn would need the dense and the sparse block in one sparse matrix, which
    takes three to four times as long.
    """
    classes = tuple(sorted(set(targets)))
    places = {name: place for place, name in enumerate(classes)}
    wanted = np.zeros((len(targets), len(classes)))
    wanted[np.arange(len(targets)), [places[target] for target in targets]] = 1.0
    share = np.asarray(weights)[:, None]
    dense = (rows.kernel[list(picked)] @ whitening).astype(np.float64)
    spelled = rows.spelling[list(picked)].astype(np.float64)
    spelled_t = spelled.T.tocsr()
    landmarks, buckets = dense.shape[1], spelled.shape[1]
    shapes = ((len(classes), landmarks), (len(classes), buckets), (len(classes),))
    cuts = np.cumsum([landmarks * len(classes), buckets * len(classes)])

    def unpacked(flat: Any) -> tuple[Any, Any, Any]:
        parts = np.split(flat, cuts)
        kernel, spelling, bias = (part.reshape(shape) for part, shape in zip(parts, shapes, strict=True))
        return kernel, spelling, bias

    def loss(flat: Any) -> tuple[float, Any]:
        kernel, spelling, bias = unpacked(flat)
        scores = dense @ kernel.T + spelled @ spelling.T + bias
        log_sum = logsumexp(scores, axis=1, keepdims=True)
        likelihood = (share * wanted * (scores - log_sum)).sum()
        penalty = 0.5 * ((kernel**2).sum() + (spelling**2).sum())
        error = share * (np.exp(scores - log_sum) - wanted)
        gradient = (error.T @ dense + kernel, (spelled_t @ error).T + spelling, error.sum(axis=0))
        return penalty - likelihood, np.concatenate([part.ravel() for part in gradient])

    start = np.zeros(sum(int(np.prod(shape)) for shape in shapes))
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MAX_ITERATIONS, "maxcor": 6}
    )
    kernel, spelling, bias = unpacked(found.x)
    return LinearHead(
        classes=classes,
        # Folded, so that reading a message needs no whitening.
        kernel=np.ascontiguousarray((kernel @ whitening.T).T, dtype=np.float32),
        spelling=np.ascontiguousarray(spelling.T, dtype=np.float32),
        bias=bias.astype(np.float32),
    )
