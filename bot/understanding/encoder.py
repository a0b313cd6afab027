"""Sentence embeddings from the encoder that training left behind, one text at a time, on one thread each."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from bot.understanding.published import TOKENIZER, published_file

DIMENSIONS: Final = 384
MAX_TOKENS: Final = 256  # the length the encoder was trained for; longer text is read piece by piece
MANY: Final = 200  # from here on texts are shared out among the cores: only training has so many

Matrix = npt.NDArray[np.float32]


class SentenceEncoder:
    """Mean-pooled, length-normalised embeddings of short texts. Thread-safe."""

    def __init__(self, graph: bytes) -> None:
        """`graph` is an ONNX file that `bot.understanding.encoder_graph.build` made."""
        self.graph = graph

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embeddings, shape (len(texts), 384), each of length 1. No text changes another's embedding."""
        if len(texts) < MANY:
            vectors = [self._encode(text) for text in texts]
        else:
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                vectors = list(threads.map(self._encode, texts))
        return np.concatenate(vectors) if vectors else np.zeros((0, DIMENSIONS), dtype=np.float32)

    def _encode(self, text: str) -> Matrix:
        ids = np.array([self._tokenizer.encode(text).ids], dtype=np.int64)
        embedding: Matrix = self._session.run(None, {"input_ids": ids})[0]
        return embedding

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(self.graph, options, providers=["CPUExecutionProvider"])

    @cached_property
    def _tokenizer(self) -> Any:
        tokenizer = Tokenizer.from_file(str(published_file(TOKENIZER)))
        tokenizer.no_padding()  # the file asks for padding to 128 tokens, which would drown short texts
        tokenizer.enable_truncation(MAX_TOKENS)
        return tokenizer
