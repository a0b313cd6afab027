"""Learns the adapter from the lessons: low-rank changes to every dense layer of all-MiniLM-L6-v2.

Runs in an environment of its own (requirements/adapt.txt): `make adapt`. Both heads, intents and concerns, are learned
together with the adapter and then thrown away; training learns its own head on the adapted encoder, in a minute and
without torch. Half of the texts are spoilt anew in each epoch: misspelt, or without capitals and punctuation.
Deterministic on one machine.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

ROOT = Path(__file__).resolve().parents[2]
LAYERS, HEADS, WIDTH = 6, 12, 384
DENSE = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
EPSILON = 1e-12
DROPOUT, ADAPTER_DROPOUT = 0.1, 0.05
SHARPNESS = 16.0  # embeddings have length 1: the heads would need huge weights without it
LONGEST = 144  # tokens
SEED = 3
UNLABELLED_SHARE = 0.3  # of the parts that teach only "no concern", drawn anew in each epoch
HEAD_RATE = 3e-3
WARM_UP = 100  # steps


class Adapted(nn.Module):
    """A dense layer with its adapter: W x + b + B A x."""

    def __init__(self, weight: Tensor, bias: Tensor, rank: int) -> None:
        super().__init__()
        self.weight, self.bias = weight, bias
        self.down = nn.Parameter(torch.randn(rank, weight.shape[1]) / math.sqrt(weight.shape[1]))
        self.up = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, given: Tensor) -> Tensor:
        dropped = functional.dropout(given, ADAPTER_DROPOUT, self.training)
        change = functional.linear(functional.linear(dropped, self.down), self.up)
        return functional.linear(given, self.weight, self.bias) + change


class Encoder(nn.Module):
    """BERT with mean pooling, by its published weights. Only the adapters learn."""

    def __init__(self, weights: dict[str, Tensor], rank: int) -> None:
        super().__init__()
        self.published = weights
        names = [f"encoder.layer.{layer}.{part}" for layer in range(LAYERS) for part in DENSE]
        self.adapted = nn.ModuleDict(
            {
                name.replace(".", "/"): Adapted(weights[f"{name}.weight"], weights[f"{name}.bias"], rank)
                for name in names
            }
        )

    def load_adapter(self, changes: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, layer in self.adapted.items():
                plain = name.replace("/", ".")
                layer.down.copy_(changes[f"{plain}.A"])
                layer.up.copy_(changes[f"{plain}.B"])

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """One vector a token, shape (texts, tokens, 384); `ids` and `mask` have the shape (texts, tokens)."""
        words = self.published["embeddings.word_embeddings.weight"][ids]
        places = self.published["embeddings.position_embeddings.weight"][: ids.shape[1]]
        kind = self.published["embeddings.token_type_embeddings.weight"][0]
        hidden = self._dropout(self._norm("embeddings.LayerNorm", words + places + kind))
        visible = mask[:, None, None, :].bool()
        for layer in range(LAYERS):
            prefix = f"encoder.layer.{layer}"
            mixed = self._dense(f"{prefix}.attention.output.dense", self._attend(prefix, hidden, visible))
            hidden = self._norm(f"{prefix}.attention.output.LayerNorm", hidden + self._dropout(mixed))
            wide = functional.gelu(self._dense(f"{prefix}.intermediate.dense", hidden))
            narrow = self._dropout(self._dense(f"{prefix}.output.dense", wide))
            hidden = self._norm(f"{prefix}.output.LayerNorm", hidden + narrow)
        return hidden

    def _attend(self, prefix: str, hidden: Tensor, visible: Tensor) -> Tensor:
        shape = (hidden.shape[0], hidden.shape[1], HEADS, WIDTH // HEADS)
        asked = [
            self._dense(f"{prefix}.attention.self.{part}", hidden).view(shape).transpose(1, 2)
            for part in ("query", "key", "value")
        ]
        found = functional.scaled_dot_product_attention(asked[0], asked[1], asked[2], attn_mask=visible)
        return found.transpose(1, 2).reshape(hidden.shape)

    def _dense(self, name: str, given: Tensor) -> Tensor:
        result: Tensor = self.adapted[name.replace(".", "/")](given)
        return result

    def _norm(self, name: str, given: Tensor) -> Tensor:
        weight, bias = self.published[f"{name}.weight"], self.published[f"{name}.bias"]
        return functional.layer_norm(given, (WIDTH,), weight, bias, EPSILON)

    def _dropout(self, given: Tensor) -> Tensor:
        return functional.dropout(given, DROPOUT, self.training)


@dataclass(frozen=True)
class Batch:
    """`ids`, `mask`: (texts, tokens). A row of the rest is a text or a part of one, read in its place.

    `pool`: (rows, tokens), shares of the tokens; `text`: (rows,), whose tokens. Targets: `intents` (rows, labels),
    `concerns` (rows,), `weight` (rows,).
    """

    ids: Tensor
    mask: Tensor
    pool: Tensor
    text: Tensor
    intents: Tensor
    concerns: Tensor
    weight: Tensor


@dataclass(frozen=True)
class Part:
    """A text, or a part of it from the character `start` to `end`; with what it teaches."""

    start: int
    end: int
    lesson: dict[str, Any]


class Lessons:
    """The texts with what they and their parts teach, in batches of like length."""

    def __init__(self, path: Path, tokenizer: Tokenizer, rows: int) -> None:
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        lessons = [lesson for line in self.lines for lesson in line["parts"]]
        counts = Counter(label for lesson in lessons for label in lesson["labels"])
        self.labels = {label: place for place, label in enumerate(sorted(counts))}
        self.concerns = {name: place for place, name in enumerate(sorted({x["concern"] for x in lessons}))}
        typical = median(counts.values())
        self._share = {label: (typical / count) ** 0.5 for label, count in counts.items()}
        self._heaviest = max(lesson["weight"] for lesson in lessons)
        self._tokenizer, self._rows = tokenizer, rows
        self._misspelt = _misspelt()

    def epoch(self, random_: random.Random) -> list[Batch]:
        read = [self._spoilt(line, random_) for line in self.lines]
        coded = self._tokenizer.encode_batch([text for text, _ in read])
        rows = [_placed(encoding, parts) for encoding, (_, parts) in zip(coded, read, strict=True)]
        order = sorted(range(len(read)), key=lambda i: len(coded[i].ids) + 4 * random_.random())
        batches: list[list[int]] = [[]]
        for index in order:
            if sum(len(rows[i]) for i in batches[-1]) >= self._rows:
                batches.append([])
            batches[-1].append(index)
        random_.shuffle(batches)
        return [self._batch([coded[i].ids for i in batch], [rows[i] for i in batch]) for batch in batches]

    def _batch(self, ids: list[list[int]], rows: list[list[Part]]) -> Batch:
        width = max(len(tokens) for tokens in ids)
        flat = [(text, part) for text, parts in enumerate(rows) for part in parts]
        pool, intents = torch.zeros(len(flat), width), torch.zeros(len(flat), len(self.labels))
        for row, (_, part) in enumerate(flat):
            pool[row, part.start : part.end] = 1.0 / (part.end - part.start)
            for label in part.lesson["labels"]:
                intents[row, self.labels[label]] = self._share[label] / len(part.lesson["labels"])
        return Batch(
            torch.tensor([tokens + [0] * (width - len(tokens)) for tokens in ids]),
            torch.tensor([[1.0] * len(tokens) + [0.0] * (width - len(tokens)) for tokens in ids]),
            pool,
            torch.tensor([text for text, _ in flat]),
            intents,
            torch.tensor([self.concerns[part.lesson["concern"]] for _, part in flat]),
            torch.tensor([part.lesson["weight"] / self._heaviest for _, part in flat]),
        )

    def _spoilt(self, line: dict[str, Any], random_: random.Random) -> tuple[str, list[Part]]:
        """The text, perhaps misspelt or without punctuation, and the parts that are drawn, where they now stand."""
        whole, *parts = line["parts"]
        change = self._change(random_)
        text, done, found = "", 0, []
        for lesson in sorted(parts, key=lambda lesson: int(lesson["span"][0])):
            start, end = lesson["span"]
            if start < done:  # parts that overlap: the first one counts
                continue
            text += change(line["text"][done:start])
            part = change(line["text"][start:end])
            if lesson["labels"] or random_.random() < UNLABELLED_SHARE:
                found.append(Part(len(text), len(text) + len(part), lesson))
            text, done = text + part, end
        text += change(line["text"][done:])
        return text, [Part(0, len(text), whole), *found]

    def _change(self, random_: random.Random) -> Callable[[str], str]:
        drawn = random_.random()
        if drawn < 0.25:
            return lambda text: str(self._misspelt(text, random_.randrange(10**9))) if text.strip() else text
        if drawn < 0.4:
            return lambda text: "".join(c for c in text.lower() if c not in ".,?!;:")
        return lambda text: text


def _placed(encoding: Any, parts: list[Part]) -> list[Part]:
    """The parts by tokens instead of characters; those behind the last token that is read are left out."""
    placed = [Part(0, len(encoding.ids), parts[0].lesson)]
    for part in parts[1:]:
        inside = [
            token
            for token, (start, end) in enumerate(encoding.offsets)
            if start < end and part.start <= start and end <= part.end
        ]
        if inside:
            placed.append(Part(inside[0], inside[-1] + 1, part.lesson))
    return placed


def _misspelt() -> Any:
    """`bot.understanding.typos.misspelt`, loaded alone: its package needs spaCy, which this environment lacks."""
    spec = importlib.util.spec_from_file_location("typos", ROOT / "bot" / "understanding" / "typos.py")
    assert spec is not None and spec.loader is not None
    typos = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(typos)
    return typos.misspelt


def adapt(encoder: Encoder, lessons: Lessons, epochs: float, rate: float) -> None:
    random_ = random.Random(SEED)
    intents, concerns = nn.Linear(WIDTH, len(lessons.labels)), nn.Linear(WIDTH, len(lessons.concerns))
    heads = [*intents.parameters(), *concerns.parameters()]
    groups = [
        {"params": list(encoder.parameters()), "lr": rate, "weight_decay": 0.01},
        {"params": heads, "lr": HEAD_RATE, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    batches = lessons.epoch(random_)
    steps = int(epochs * len(batches))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / WARM_UP) * max(0.0, 1.0 - step / steps)
    )
    began, step, total = time.monotonic(), 0, 0.0
    encoder.train()
    while step < steps:
        for batch in batches[: steps - step]:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                tokens = encoder(batch.ids, batch.mask)
            pooled = torch.bmm(batch.pool[:, None], tokens.float()[batch.text])[:, 0]
            sharp = functional.normalize(pooled, dim=1) * SHARPNESS
            by_intent = -(batch.intents * functional.log_softmax(intents(sharp), dim=1)).sum(1)
            by_concern = functional.cross_entropy(
                concerns(sharp), batch.concerns, reduction="none", label_smoothing=0.02
            )
            loss = (batch.weight * (by_intent + by_concern)).mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step, total = step + 1, total + loss.item()
            if step % 100 == 0:
                print(
                    f"step {step} of {steps}, loss {total / 100:.3f}, {time.monotonic() - began:.0f} s",
                    flush=True,
                )
                total = 0.0
        if step < steps:
            batches = lessons.epoch(random_)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lessons", type=Path)
    parser.add_argument("published", type=Path, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("out", type=Path)
    parser.add_argument(
        "--start", type=Path, help="an adapter to go on from, where only some messages are new"
    )
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--rate", type=float, default=7e-4)
    parser.add_argument("--rows", type=int, default=44, help="texts and parts a step")
    given = parser.parse_args()
    torch.manual_seed(SEED)
    tokenizer = Tokenizer.from_file(str(given.published / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    weights = load_file(given.published / "model.safetensors")
    encoder = Encoder({k: v for k, v in weights.items() if v.is_floating_point()}, given.rank)
    if given.start is not None:
        encoder.load_adapter(load_file(given.start))
    adapt(encoder, Lessons(given.lessons, tokenizer, given.rows), given.epochs, given.rate)
    changes = {}
    for name, layer in encoder.adapted.items():
        plain = name.replace("/", ".")
        changes[f"{plain}.A"] = layer.down.detach().half().contiguous()
        changes[f"{plain}.B"] = layer.up.detach().half().contiguous()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    save_file(changes, given.out)


if __name__ == "__main__":
    main()
