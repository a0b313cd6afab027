"""The actions that the domain names are the actions that there are."""

from __future__ import annotations

from pathlib import Path

import yaml
from rasa_sdk.executor import ActionExecutor


def test_every_action_of_the_domain_can_be_run() -> None:
    domain = yaml.safe_load(
        Path(__file__).resolve().parents[3].joinpath("domain.yml").read_text(encoding="utf-8")
    )
    executor = ActionExecutor()
    executor.register_package("actions")
    assert set(executor.actions) == set(domain["actions"])
