"""What training leaves behind: encoder, head, neighbours and thresholds, in four files without pickle."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from bot.understanding.encoder import SentenceEncoder
from bot.understanding.errors import ModelMissing
from bot.understanding.features import FeatureSpace
from bot.understanding.linear import LinearHead
from bot.understanding.neighbours import Group, Neighbours
from bot.understanding.policy import Thresholds

WEIGHTS_FILE: Final = "head.npz"
META_FILE: Final = "reader.json"
ENCODER_FILE: Final = "encoder.onnx"
NEIGHBOURS_FILE: Final = "neighbours.onnx"
FILES: Final = (WEIGHTS_FILE, META_FILE, ENCODER_FILE, NEIGHBOURS_FILE)
FORMAT: Final = 2
"""What the four files mean; a model of another format cannot be read. 2: the encoder gives a vector for every token."""
SERVED: Final = "assistant.tar.gz"
COMPONENT: Final = "bot.nlu.message_reader.MessageReader"


@dataclass(frozen=True)
class ReaderModel:
    """`intents` tells the labels of a text apart; `neighbours` says what the training texts around it are."""

    space: FeatureSpace
    intents: LinearHead
    neighbours: Neighbours
    thresholds: Thresholds

    @property
    def version(self) -> str:
        """Twelve hex digits that change with any weight or threshold."""
        digest = hashlib.sha256(json.dumps(self.thresholds.to_dict(), sort_keys=True).encode())
        digest.update(self.space.encoder.graph)
        digest.update(self.neighbours.graph)
        digest.update(json.dumps(self._groups()).encode())
        for name, array in sorted(self._arrays().items()):
            digest.update(name.encode())
            digest.update(array.tobytes())
        return digest.hexdigest()[:12]

    def save(self, directory: Path) -> None:
        (directory / ENCODER_FILE).write_bytes(self.space.encoder.graph)
        (directory / NEIGHBOURS_FILE).write_bytes(self.neighbours.graph)
        with (directory / WEIGHTS_FILE).open("wb") as stream:
            np.savez(stream, **self._arrays())
        meta = {
            "format": FORMAT,
            "intents": self.intents.classes,
            "neighbours": self._groups(),
            "thresholds": self.thresholds.to_dict(),
        }
        (directory / META_FILE).write_text(json.dumps(meta), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> ReaderModel:
        """From the folder that `save` wrote.

        Raises:
            ModelMissing: the model is of another version of the assistant.
        """
        return cls._from_files({name: (directory / name).read_bytes() for name in FILES})

    @classmethod
    def load_from_rasa_model(cls, models_dir: Path) -> ReaderModel:
        """From the archive that the running stack serves (`assistant.tar.gz`), without Rasa.

        Where there is none, from the newest that `rasa train` wrote into the folder.

        Raises:
            ModelMissing: no model there, a damaged one, one without this component or of another version.
        """
        chosen = _archive(models_dir)
        try:
            read = _component_files(chosen)
        except (OSError, EOFError, tarfile.TarError) as error:
            raise ModelMissing(
                f"{chosen} cannot be read ({type(error).__name__}): run `make train`"
            ) from error
        if len(read) != len(FILES):
            raise ModelMissing(
                f"{chosen} holds no {COMPONENT}: run `make train` with this version's config.yml"
            )
        return cls._from_files(read)

    def _groups(self) -> list[tuple[list[str], str, int]]:
        return [(list(group.labels), group.concern, group.size) for group in self.neighbours.groups]

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What is stored. Half precision where it changes no decision; the folded kernel weights need single."""
        return {
            "landmarks": self.space.landmarks.astype(np.float16),
            "rarity": self.space.rarity.astype(np.float16),
            "kernel": self.intents.kernel,
            "spelling": self.intents.spelling.astype(np.float16),
            "bias": self.intents.bias,
            "directions": self.neighbours.directions,
        }

    @classmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> ReaderModel:
        arrays = np.load(io.BytesIO(files[WEIGHTS_FILE]), allow_pickle=False)
        names = json.loads(files[META_FILE])
        if names.get("format") != FORMAT:
            raise ModelMissing("the model was trained by another version of the assistant: run `make train`")

        def single(name: str) -> npt.NDArray[np.float32]:
            return np.asarray(arrays[name], dtype=np.float32)

        encoder = SentenceEncoder(files[ENCODER_FILE])
        groups = (Group(tuple(labels), concern, size) for labels, concern, size in names["neighbours"])
        return cls(
            FeatureSpace(encoder, single("landmarks"), single("rarity")),
            LinearHead(tuple(names["intents"]), single("kernel"), single("spelling"), single("bias")),
            Neighbours(files[NEIGHBOURS_FILE], tuple(groups), single("directions")),
            Thresholds.from_dict(names["thresholds"]),
        )


def _archive(models_dir: Path) -> Path:
    served = models_dir / SERVED
    if served.is_file():
        return served
    archives = sorted(models_dir.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not archives:
        raise ModelMissing(
            f"No trained model in {models_dir}/: run `make train` (MODELS_DIR names the folder)"
        )
    return archives[-1]


def _component_files(archive: Path) -> dict[str, bytes]:
    """The files of this component in Rasa's archive, by name."""
    with tarfile.open(archive) as opened:
        files = {
            name: member
            for member in opened.getmembers()
            for name in FILES
            if member.isfile() and COMPONENT in member.name and member.name.endswith("/" + name)
        }
        contents = {name: opened.extractfile(member) for name, member in files.items()}
        return {name: stream.read() for name, stream in contents.items() if stream is not None}
