"""`GET /widget/v1/help?region=US&lang=es`: the numbers behind "Urgent help". No sign-in: help comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.gateway.requests import region_code
from bot.safety.regions import Line, Region, region_of

_EMERGENCY: Final = "Emergency services"
_EMERGENCY_NOTE: Final = "Life is at risk, or someone cannot stay safe"
_POISON_NOTE: Final = "Too much was taken, or the wrong person took it"
_ADVICE_NOTE: Final = "Health advice when you can't reach your clinic"

# Names of help lines stay as they are: that is how they answer the phone.
TRANSLATIONS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "es": {
            _EMERGENCY: "Emergencias",
            _EMERGENCY_NOTE: "Hay peligro de muerte, o alguien no puede ponerse a salvo",
            _POISON_NOTE: "Alguien tomó demasiado, o lo tomó quien no debía",
            _ADVICE_NOTE: "Consejo de salud si no puede hablar con su clínica",
            "Day and night": "Día y noche",
            "Hours differ by country": "El horario cambia según el país",
        }
    }
)


@dataclass(frozen=True)
class HelpLines:
    """`fallback` is the clinic's own region."""

    regions: Mapping[str, Region]
    fallback: str

    def routes(self) -> list[Route]:
        return [Route("/widget/v1/help", self.help, methods=["GET"])]

    async def help(self, request: Request) -> Response:
        asked = request.query_params
        region = region_of(self.regions, region_code(asked.get("region", "")), self.fallback)
        words = TRANSLATIONS.get(asked.get("lang", "")[:2].lower(), {})
        lines = [
            {"name": words.get(name, name), "number": number, "note": words.get(note, note)}
            for name, number, note in numbers_to_call(region)
        ]
        return JSONResponse(
            {"region": region.code, "lines": lines}, headers={"Cache-Control": "max-age=3600"}
        )


def numbers_to_call(region: Region) -> Iterator[tuple[str, str, str]]:
    """Name, number and note of each line that can be called, the most urgent first."""
    yield _EMERGENCY, region.emergency.split(" or ")[0], _EMERGENCY_NOTE
    for line in region.crisis:
        if line.number:
            yield line.name, line.number, line.hours.capitalize()
    notes: tuple[tuple[Line | None, str], ...] = (
        (region.poison, _POISON_NOTE),
        (region.advice, _ADVICE_NOTE),
    )
    for other, note in notes:
        if other is not None and other.number:
            yield other.name, other.number, note
