"""`GET /widget/v1/help?region=US`: the numbers behind the widget's "Urgent help". No sign-in: help comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.safety.regions import Line, Region, region_of

_EMERGENCY_NOTE = "Life is at risk, or someone cannot stay safe"
_POISON_NOTE = "Too much was taken, or the wrong person took it"
_ADVICE_NOTE = "Health advice when you can't reach your clinic"


@dataclass(frozen=True)
class HelpLines:
    """`fallback` is the clinic's own region."""

    regions: Mapping[str, Region]
    fallback: str

    def routes(self) -> list[Route]:
        return [Route("/widget/v1/help", self.help, methods=["GET"])]

    async def help(self, request: Request) -> Response:
        region = region_of(self.regions, request.query_params.get("region", "")[:8], self.fallback)
        lines = [
            {"name": name, "number": number, "note": note} for name, number, note in numbers_to_call(region)
        ]
        return JSONResponse(
            {"region": region.code, "lines": lines}, headers={"Cache-Control": "max-age=3600"}
        )


def numbers_to_call(region: Region) -> Iterator[tuple[str, str, str]]:
    """Name, number and note of each line that can be called, the most urgent first."""
    yield "Emergency services", region.emergency.split(" or ")[0], _EMERGENCY_NOTE
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
