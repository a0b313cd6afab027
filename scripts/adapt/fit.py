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
from collections.abc import Iterator
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
LONGEST = 96  # tokens
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

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Embeddings of length 1, shape (texts, 384); `ids` and `mask` have the shape (texts, tokens)."""
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
        weight = mask[:, :, None]
        return functional.normalize((hidden * weight).sum(1) / weight.sum(1), dim=1)

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


class Lessons:
    """The texts with their targets, in batches of like length."""

    def __init__(self, path: Path, tokenizer: Tokenizer, batch: int) -> None:
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        counts = Counter(label for line in self.lines for label in line["labels"])
        self.labels = {label: place for place, label in enumerate(sorted(counts))}
        self.concerns = {name: place for place, name in enumerate(sorted({x["concern"] for x in self.lines}))}
        typical = median(counts.values())
        self._share = {label: (typical / count) ** 0.5 for label, count in counts.items()}
        self._tokenizer, self._batch = tokenizer, batch
        self._misspelt = _misspelt()

    def epoch(self, random_: random.Random) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor, Tensor]]:
        """ids, mask, intent targets (texts, labels), concern targets (texts,), weights (texts,) for each batch."""
        chosen = [x for x in self.lines if x["labels"] or random_.random() < UNLABELLED_SHARE]
        coded = self._tokenizer.encode_batch([self._spoilt(x["text"], random_) for x in chosen])
        ids = [encoding.ids for encoding in coded]
        order = sorted(range(len(chosen)), key=lambda i: len(ids[i]) + 4 * random_.random())
        batches = [order[first : first + self._batch] for first in range(0, len(order), self._batch)]
        random_.shuffle(batches)
        for batch in batches:
            yield self._tensors([ids[i] for i in batch], [chosen[i] for i in batch])

    def _tensors(
        self, ids: list[list[int]], lines: list[dict[str, Any]]
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        width = max(len(tokens) for tokens in ids)
        padded = torch.tensor([tokens + [0] * (width - len(tokens)) for tokens in ids])
        mask = torch.tensor([[1.0] * len(tokens) + [0.0] * (width - len(tokens)) for tokens in ids])
        intents = torch.zeros(len(lines), len(self.labels))
        for row, line in enumerate(lines):
            for label in line["labels"]:
                intents[row, self.labels[label]] = self._share[label] / len(line["labels"])
        concerns = torch.tensor([self.concerns[line["concern"]] for line in lines])
        heaviest = max(line["weight"] for line in self.lines)
        return padded, mask, intents, concerns, torch.tensor([line["weight"] / heaviest for line in lines])

    def _spoilt(self, text: str, random_: random.Random) -> str:
        drawn = random_.random()
        if drawn < 0.25:
            return str(self._misspelt(text, random_.randrange(10**9)))
        if drawn < 0.4:
            return "".join(c for c in text.lower() if c not in ".,?!;:")
        return text


def _misspelt() -> Any:
    """`bot.understanding.typos.misspelt`, loaded alone: its package needs spaCy, which this environment lacks."""
    spec = importlib.util.spec_from_file_location("typos", ROOT / "bot" / "understanding" / "typos.py")
    assert spec is not None and spec.loader is not None
    typos = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(typos)
    return typos.misspelt


def adapt(encoder: Encoder, lessons: Lessons, epochs: float, rate: float, batch: int) -> None:
    random_ = random.Random(SEED)
    intents, concerns = nn.Linear(WIDTH, len(lessons.labels)), nn.Linear(WIDTH, len(lessons.concerns))
    heads = [*intents.parameters(), *concerns.parameters()]
    groups = [
        {"params": list(encoder.parameters()), "lr": rate, "weight_decay": 0.01},
        {"params": heads, "lr": HEAD_RATE, "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    unlabelled = sum(1 for line in lessons.lines if not line["labels"])
    steps = int(epochs * (len(lessons.lines) - unlabelled * (1 - UNLABELLED_SHARE)) / batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / WARM_UP) * max(0.0, 1.0 - step / steps)
    )
    began, step, total = time.monotonic(), 0, 0.0
    encoder.train()
    while step < steps:
        for ids, mask, asked, worrying, weight in lessons.epoch(random_):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                embedding = encoder(ids, mask)
            sharp = embedding.float() * SHARPNESS
            by_intent = -(asked * functional.log_softmax(intents(sharp), dim=1)).sum(1)
            by_concern = functional.cross_entropy(
                concerns(sharp), worrying, reduction="none", label_smoothing=0.02
            )
            loss = (weight * (by_intent + by_concern)).mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step, total = step + 1, total + float(loss)
            if step % 100 == 0:
                print(
                    f"step {step} of {steps}, loss {total / 100:.3f}, {time.monotonic() - began:.0f} s",
                    flush=True,
                )
                total = 0.0
            if step == steps:
                break


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lessons", type=Path)
    parser.add_argument("published", type=Path, help="folder with model.safetensors and tokenizer.json")
    parser.add_argument("out", type=Path)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--rate", type=float, default=7e-4)
    parser.add_argument("--batch", type=int, default=32)
    given = parser.parse_args()
    torch.manual_seed(SEED)
    tokenizer = Tokenizer.from_file(str(given.published / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    weights = load_file(given.published / "model.safetensors")
    encoder = Encoder({k: v for k, v in weights.items() if v.is_floating_point()}, given.rank)
    adapt(encoder, Lessons(given.lessons, tokenizer, given.batch), given.epochs, given.rate, given.batch)
    changes = {}
    for name, layer in encoder.adapted.items():
        plain = name.replace("/", ".")
        changes[f"{plain}.A"] = layer.down.detach().half().contiguous()
        changes[f"{plain}.B"] = layer.up.detach().half().contiguous()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    save_file(changes, given.out)


if __name__ == "__main__":
    main()
