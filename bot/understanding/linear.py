"""Logistic regression as two arrays: trained by scikit-learn, stored without pickle, applied with numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression

Array = npt.NDArray[np.float32]
MAX_ITERATIONS: Final = 300


@dataclass(frozen=True)
class LinearHead:
    """A softmax over `classes`: weights of shape (len(classes), width), bias of shape (len(classes),)."""

    classes: tuple[str, ...]
    weights: Array
    bias: Array

    def probabilities(self, rows: Any) -> Array:
        """Rows: CSR matrix (n, width). Returns (n, len(classes)); each row sums to 1."""
        scores = np.asarray(rows @ self.weights.T) + self.bias
        scores -= scores.max(axis=1, keepdims=True)
        exponents = np.exp(scores)
        result: Array = exponents / exponents.sum(axis=1, keepdims=True)
        return result


def fit(rows: Any, targets: Sequence[str], weights: Sequence[float], penalty: float, balanced: bool) -> LinearHead:
    """Fit a softmax head. `penalty` is scikit-learn's C (larger: less regularised)."""
    model = LogisticRegression(
        C=penalty, max_iter=MAX_ITERATIONS, class_weight="balanced" if balanced else None, tol=1e-3
    )
    model.fit(sparse.csr_matrix(rows), list(targets), sample_weight=list(weights))
    weight_rows, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn stores one row for two classes
        weight_rows, bias = np.vstack([-weight_rows, weight_rows]) / 2, np.concatenate([-bias, bias]) / 2
    return LinearHead(
        tuple(str(name) for name in model.classes_),
        weight_rows.astype(np.float32),
        bias.astype(np.float32),
    )
