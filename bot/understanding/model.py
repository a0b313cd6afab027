"""What training leaves behind: two heads and their thresholds, in two files without pickle."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bot.understanding.errors import ModelMissing
from bot.understanding.linear import LinearHead
from bot.understanding.policy import Thresholds

WEIGHTS_FILE: Final = "heads.npz"
META_FILE: Final = "reader.json"
COMPONENT: Final = "bot.nlu.message_reader.MessageReader"


@dataclass(frozen=True)
class ReaderModel:
    """`intents`: a softmax over every label. `concerns`: a softmax over the categories and `none`."""

    intents: LinearHead
    concerns: LinearHead
    thresholds: Thresholds

    @property
    def version(self) -> str:
        """Twelve hex digits that change with any weight or threshold."""
        digest = hashlib.sha256(json.dumps(self.thresholds.to_dict(), sort_keys=True).encode())
        for head in (self.intents, self.concerns):
            digest.update(head.weights.tobytes())
            digest.update(head.bias.tobytes())
        return digest.hexdigest()[:12]

    def save(self, directory: Path) -> None:
        np.savez_compressed(
            directory / WEIGHTS_FILE,
            intents_weights=self.intents.weights.astype(np.float16),
            intents_bias=self.intents.bias,
            concerns_weights=self.concerns.weights.astype(np.float16),
            concerns_bias=self.concerns.bias,
        )
        meta = {
            "intents": self.intents.classes,
            "concerns": self.concerns.classes,
            "thresholds": self.thresholds.to_dict(),
        }
        (directory / META_FILE).write_text(json.dumps(meta, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> ReaderModel:
        """From the folder that `save` wrote."""
        return cls._from_bytes((directory / WEIGHTS_FILE).read_bytes(), (directory / META_FILE).read_bytes())

    @classmethod
    def load_from_rasa_model(cls, models_dir: Path) -> ReaderModel:
        """From the newest `*.tar.gz` that `rasa train` wrote into a folder, without Rasa.

        Raises:
            ModelMissing: no model there, or one without this component.
        """
        archives = sorted(models_dir.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
        if not archives:
            raise ModelMissing(f"No trained model in {models_dir}/: run `make train` (MODELS_DIR names the folder)")
        with tarfile.open(archives[-1]) as archive:
            files = {
                name: member
                for member in archive.getmembers()
                for name in (WEIGHTS_FILE, META_FILE)
                if member.isfile() and COMPONENT in member.name and member.name.endswith("/" + name)
            }
            contents = {name: archive.extractfile(member) for name, member in files.items()}
            read = {name: stream.read() for name, stream in contents.items() if stream is not None}
        if len(read) != 2:
            raise ModelMissing(f"{archives[-1]} holds no {COMPONENT}: run `make train` with this version's config.yml")
        return cls._from_bytes(read[WEIGHTS_FILE], read[META_FILE])

    @classmethod
    def _from_bytes(cls, weights: bytes, meta: bytes) -> ReaderModel:
        arrays = np.load(io.BytesIO(weights), allow_pickle=False)
        names = json.loads(meta)

        def head(name: str) -> LinearHead:
            return LinearHead(
                tuple(names[name]), arrays[f"{name}_weights"].astype(np.float32), arrays[f"{name}_bias"]
            )

        return cls(head("intents"), head("concerns"), Thresholds.from_dict(names["thresholds"]))
