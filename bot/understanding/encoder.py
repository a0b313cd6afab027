"""Embeddings from the encoder that training left behind, of texts and of parts of them, on one thread each.

A part is read where it stands: its embedding is the mean over its own tokens, each of which has seen the whole text
(docs/decisions/0018-read-in-place.md). So the sentences and items of a message cost next to nothing beside the message.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from bot.understanding.published import TOKENIZER, published_file

DIMENSIONS: Final = 384
MAX_TOKENS: Final = 256  # the length the encoder was trained for; a longer text is read in windows
MANY: Final = 200  # from here on texts are shared out among the cores: only training has so many

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Passage:
    """A text, and the parts of it that are wanted: characters from `start` to `end`."""

    text: str
    spans: tuple[tuple[int, int], ...] = ()


class SentenceEncoder:
    """Mean-pooled, length-normalised embeddings of short texts and of their parts. Thread-safe."""

    def __init__(self, graph: bytes) -> None:
        """`graph` is an ONNX file that `bot.understanding.encoder_graph.build` made."""
        self.graph = graph

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embeddings, shape (len(texts), 384), each of length 1. No text changes another's embedding."""
        return self.encode_passages([Passage(text) for text in texts])

    def encode_passages(self, passages: Sequence[Passage]) -> Matrix:
        """For each passage one row for its text, then one for each of its spans; 384 columns, each row of length 1."""
        if len(passages) < MANY:
            found = [self._encode(passage) for passage in passages]
        else:
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                found = list(threads.map(self._encode, passages))
        return np.concatenate(found) if found else np.zeros((0, DIMENSIONS), dtype=np.float32)

    def _encode(self, passage: Passage) -> Matrix:
        coded = self._tokenizer.encode(passage.text)
        ids, (starts, ends) = coded.ids[1:-1], np.array(coded.offsets[1:-1], dtype=np.int64).reshape(-1, 2).T
        firsts = [int(np.searchsorted(starts, start)) for start, _ in passage.spans]
        lasts = [int(np.searchsorted(ends, end, side="right")) for _, end in passage.spans]
        bounds = _windows(len(ids), firsts) if passage.spans else [(0, MAX_TOKENS - 2)]
        windows = [self._read([coded.ids[0], *ids[a:b], coded.ids[-1]]) for a, b in bounds]
        rows = [windows[0].mean(axis=0)]
        if passage.spans:
            tokens = np.concatenate([window[1:-1] for window in windows])
            # A part without a token of its own is a part of some token: nothing nearer is known than the text.
            rows += [
                tokens[a:b].mean(axis=0) if a < b else rows[0] for a, b in zip(firsts, lasts, strict=True)
            ]
        embeddings = np.stack(rows)
        normal: Matrix = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
        return normal

    def _read(self, ids: list[int]) -> Matrix:
        """One row a token."""
        tokens: Matrix = self._session.run(None, {"input_ids": np.array([ids], dtype=np.int64)})[0][0]
        return tokens

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
        tokenizer.no_truncation()
        return tokenizer


def _windows(length: int, starts: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of tokens that the encoder takes, with room for two that frame each; cut where a part starts if one does."""
    room = MAX_TOKENS - 2
    windows = []
    begin = 0
    while length - begin > room:
        cut = max((start for start in starts if begin < start <= begin + room), default=begin + room)
        windows.append((begin, cut))
        begin = cut
    return [*windows, (begin, length)]
