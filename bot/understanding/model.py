"""What training leaves behind: encoder, three heads and their thresholds, in three files without pickle."""

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
from bot.understanding.policy import Thresholds

WEIGHTS_FILE: Final = "heads.npz"
META_FILE: Final = "reader.json"
ENCODER_FILE: Final = "encoder.onnx"
FILES: Final = (WEIGHTS_FILE, META_FILE, ENCODER_FILE)
SERVED: Final = "assistant.tar.gz"
COMPONENT: Final = "bot.nlu.message_reader.MessageReader"


@dataclass(frozen=True)
class ReaderModel:
    """`intents`: one of all labels. `topics`: each topic by itself. `concerns`: one of the categories and `none`."""

    space: FeatureSpace
    intents: LinearHead
    topics: LinearHead
    concerns: LinearHead
    thresholds: Thresholds

    @property
    def version(self) -> str:
        """Twelve hex digits that change with any weight or threshold."""
        digest = hashlib.sha256(json.dumps(self.thresholds.to_dict(), sort_keys=True).encode())
        digest.update(self.space.encoder.graph)
        for name, array in sorted(self._arrays().items()):
            digest.update(name.encode())
            digest.update(array.tobytes())
        return digest.hexdigest()[:12]

    def save(self, directory: Path) -> None:
        (directory / ENCODER_FILE).write_bytes(self.space.encoder.graph)
        with (directory / WEIGHTS_FILE).open("wb") as stream:
            np.savez(stream, **self._arrays())
        meta = {
            **{name: head.classes for name, head in self._heads().items()},
            "landmarks": self.space.subjects,
            "thresholds": self.thresholds.to_dict(),
        }
        (directory / META_FILE).write_text(json.dumps(meta, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> ReaderModel:
        """From the folder that `save` wrote."""
        return cls._from_files({name: (directory / name).read_bytes() for name in FILES})

    @classmethod
    def load_from_rasa_model(cls, models_dir: Path) -> ReaderModel:
        """From the archive that the running stack serves (`assistant.tar.gz`), without Rasa.

        Where there is none, from the newest that `rasa train` wrote into the folder.

        Raises:
            ModelMissing: no model there, a damaged one, or one without this component.
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

    def _heads(self) -> dict[str, LinearHead]:
        return {"intents": self.intents, "topics": self.topics, "concerns": self.concerns}

    def _arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What is stored. Half precision where it changes no decision; the folded kernel weights need single."""
        arrays: dict[str, npt.NDArray[Any]] = {
            "landmarks": self.space.landmarks.astype(np.float16),
            "rarity": self.space.rarity.astype(np.float16),
        }
        for name, head in self._heads().items():
            arrays[f"{name}_kernel"] = head.kernel
            arrays[f"{name}_spelling"] = head.spelling.astype(np.float16)
            arrays[f"{name}_bias"] = head.bias
        return arrays

    @classmethod
    def _from_files(cls, files: Mapping[str, bytes]) -> ReaderModel:
        arrays = np.load(io.BytesIO(files[WEIGHTS_FILE]), allow_pickle=False)
        names = json.loads(files[META_FILE])

        def single(name: str) -> npt.NDArray[np.float32]:
            return np.asarray(arrays[name], dtype=np.float32)

        def head(name: str) -> LinearHead:
            return LinearHead(
                tuple(names[name]),
                single(f"{name}_kernel"),
                single(f"{name}_spelling"),
                single(f"{name}_bias"),
            )

        space = FeatureSpace(
            SentenceEncoder(files[ENCODER_FILE]),
            single("landmarks"),
            single("rarity"),
            tuple(names.get("landmarks", ())),
        )
        return cls(
            space,
            head("intents"),
            head("topics"),
            head("concerns"),
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
