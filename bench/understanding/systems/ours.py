"""The reader that serves patients, trained as `make train` does it, without Rasa around it."""

from __future__ import annotations

from pathlib import Path

from threadpoolctl import threadpool_limits

from bench.understanding.systems import TrainingData
from bot.evaluation.reader_system import ReaderSystem
from bot.evaluation.system import System
from bot.safety.rules import RuleBook
from bot.understanding.adapter import adapted_encoder
from bot.understanding.model import ReaderModel
from bot.understanding.policy import Thresholds
from bot.understanding.training import train


class Ours:
    def train(self, data: TrainingData, folder: Path) -> None:
        train(data.examples, Thresholds(), adapted_encoder(data.data_dir)).save(folder)

    def load(self, folder: Path, data_dir: Path) -> System:
        threadpool_limits(limits=1, user_api="blas")  # as Reader.load does
        return self._load(folder, data_dir)

    def version(self, folder: Path, data_dir: Path) -> str:
        return self._load(folder, data_dir).version

    def _load(self, folder: Path, data_dir: Path) -> ReaderSystem:
        return ReaderSystem(ReaderModel.load(folder), RuleBook.load(data_dir / "safety"))
