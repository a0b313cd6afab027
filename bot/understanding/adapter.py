"""Our adapter: low-rank changes to the published encoder, learned on the training messages by `make adapt`.

For each adapted weight the file holds `<name>.A`, shape (rank, in), and `<name>.B`, shape (out, rank), in half
precision; the adapted weight is `W + B @ A` (LoRA: Hu et al. 2021, arXiv 2106.09685).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from bot.understanding.encoder import SentenceEncoder
from bot.understanding.encoder_graph import build
from bot.understanding.errors import UnderstandingError
from bot.understanding.published import published_weights

FILE: Final = "encoder/adapter.safetensors"

Weights = Mapping[str, npt.NDArray[np.float32]]


def merged(weights: Weights, adapter: Path) -> Weights:
    """`weights` with the adapter's changes added.

    Raises:
        UnderstandingError: the file is missing, or does not fit these weights.
    """
    try:
        changes = load_file(adapter)
    except Exception as error:  # safetensors has its own error type for damaged files, the system another
        raise UnderstandingError(
            f"{adapter} cannot be read ({type(error).__name__}): run `make adapt`"
        ) from error
    result = dict(weights)
    for name in sorted(key.removesuffix(".A") for key in changes if key.endswith(".A")):
        weight = f"{name}.weight"
        down, up = changes[f"{name}.A"].astype(np.float32), changes[f"{name}.B"].astype(np.float32)
        if weight not in result or (up.shape[0], down.shape[1]) != result[weight].shape:
            raise UnderstandingError(f"{adapter} does not fit the encoder at {name}: run `make adapt`")
        result[weight] = result[weight] + up @ down
    return result


def adapted_encoder(data_dir: Path) -> SentenceEncoder:
    """The encoder that training uses: the published one with the adapter under `data_dir`, in 8 bits.

    Raises:
        UnderstandingError: the published weights or the adapter are missing or damaged.
    """
    return SentenceEncoder(build(merged(published_weights(), data_dir / FILE)))
