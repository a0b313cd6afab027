"""Settings: defaults, sources, and one clear line for each wrong value."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st

from bot.errors import AssistantError, SettingError
from bot.settings import DESCRIPTIONS, REGIONS, Settings

ROOT = Path(__file__).resolve().parents[3]
NO_FILE = Path("there-is-no-such.env")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in DESCRIPTIONS:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_nothing_set_gives_demo_mode_on_this_machine_only() -> None:
    settings = Settings.from_env()
    assert settings == Settings()
    assert (
        settings.demo and settings.host == "127.0.0.1" and settings.port == 8000 and settings.region == "US"
    )


def test_a_database_of_ones_own_ends_demo_mode_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://clinic:pw@db.example/assistant")
    assert not Settings.from_env().demo
    assert Settings.from_env().database_url == "postgresql://clinic:pw@db.example/assistant"
    monkeypatch.setenv("DEMO", "yes")
    assert Settings.from_env().demo


def test_environment_then_env_file_then_made_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret, made = "s" * 10 + "0123456789abcdefghijklmnop", "m" * 10 + "0123456789abcdefghijklmnop"
    (tmp_path / ".env").write_text(f"PORT=8001\nREGION=uk\nSECRET_KEY={secret}\n")
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secrets.env").write_text(f"SECRET_KEY={made}\nRASA_TOKEN={made}\n")
    monkeypatch.setenv("PORT", "8002")
    settings = Settings.from_env()
    assert (settings.port, settings.region) == (8002, "UK")
    assert (settings.secret_key, settings.rasa_token) == (secret, made)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "mysql://u:hunter2@host/db", "does not begin with postgresql://"),
        ("DATABASE_URL", "postgresql://u:hunter2@host", "names no database"),
        ("DATABASE_URL", "postgresql://u:hunter2#x@host/db", "not a URL that can be read"),
        ("DATABASE_URL", "postgresql://u:hunter2@host:port/db", "not a URL that can be read"),
        ("HOST", "x86_64-conda-linux-gnu", "not an IP address"),
        ("PORT", "http", "not a whole number from 1 to 65535"),
        ("PORT", "0", "not a whole number from 1 to 65535"),
        ("PORT", "70000", "not a whole number from 1 to 65535"),
        ("RASA_PORT", "-1", "not a whole number"),
        ("ACTIONS_PORT", "5055.5", "not a whole number"),
        ("RASA_URL", "127.0.0.1:5005", "not an http address"),
        ("ACTIONS_URL", "ftp://127.0.0.1", "not an http address"),
        ("RASA_TOKEN", "hunter2", "too easy to guess"),
        ("SECRET_KEY", "a" * 60, "too easy to guess"),
        ("SECRET_KEY", "hunter2 hunter2 hunter2 hunter2 hunter2", "outside ASCII"),
        ("REGION", "FR", "not a country that we have help lines for"),
        ("CLINIC_NAME", "x" * 81, "longer than 80"),
        ("CLINIC_PHONE", "ask at the desk", "does not look like a phone number"),
        ("ALLOWED_ORIGINS", "https://clinic.example, clinic.example", "not the address of a web site"),
        ("ALLOWED_ORIGINS", "https://clinic.example/page", "not the address of a web site"),
        ("DEMO", "maybe", "neither true nor false"),
        ("SESSION_DAYS", "0", "not a whole number from 1 to 365"),
        ("TURN_TIMEOUT_SECONDS", "nan", "not a number of seconds"),
        ("TURN_TIMEOUT_SECONDS", "301", "not a number of seconds"),
        ("DESK_SECOND_FACTOR", "maybe", "neither required nor optional"),
        ("DESK_IDLE_MINUTES", "4", "not a whole number from 5 to 720"),
        ("DESK_PASSWORDS", "perhaps", "neither true nor false"),
        ("OIDC_ISSUER", "http://login.clinic.example", "not an https address"),
        ("OIDC_ISSUER", "https://login.clinic.example/?x=1", "not an https address"),
        ("OIDC_CLIENT_SECRET", "hunter2 hunter2", "holds a space"),
        ("OIDC_ROLES", "docs=king", "does not give a group one of the roles"),
        ("OIDC_ROLES", "clinician", "does not give a group one of the roles"),
        ("OIDC_SECOND_FACTOR", "never", "neither claims nor always"),
        ("HAND_OVER_MINUTES", "4", "not a whole number from 5 to 240"),
        ("HAND_OVER_MINUTES", "241", "not a whole number from 5 to 240"),
    ],
)
def test_a_wrong_value_is_one_line_with_name_problem_and_fix(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError) as caught:
        Settings.from_env()
    line = str(caught.value)
    assert line.startswith(f"{name}: ") and words in line and line.endswith(caught.value.fix)
    assert "\n" not in line
    assert "hunter2" not in line and "aaaa" not in line
    assert isinstance(caught.value, AssistantError)


@rules(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=60))
def test_whatever_stands_in_database_url_it_is_never_repeated(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", "mysql://user:correct-horse-battery@" + text)
        with pytest.raises(SettingError) as caught:
            Settings.from_env(NO_FILE)
    assert "correct-horse-battery" not in str(caught.value)


def test_written_out_and_read_back_they_are_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings(
        database_url="postgresql://postgres:@/assistant?host=%2Fsrv%2Fvar%2Fpgdata",
        allowed_origins=("https://a.example", "http://localhost:3000"),
        clinic_phone="(555) 010-0199",
        secret_key="0123456789abcdef0123456789abcdef",
        demo=True,
        turn_timeout_seconds=7.5,
        var_dir=tmp_path / "elsewhere",
    )
    for name, value in settings.to_env().items():
        monkeypatch.setenv(name, value)
    assert Settings.from_env() == settings


def test_a_setting_that_is_needed_and_empty_is_named() -> None:
    with pytest.raises(SettingError, match=r"^SECRET_KEY: is not set"):
        Settings(rasa_token="x").require("rasa_token", "secret_key")


def test_every_setting_is_described_and_documented() -> None:
    names = [field.name for field in fields(Settings)]
    assert names == list(DESCRIPTIONS)
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for name in names:
        assert f"\n#{name.upper()}=" in example, f"{name.upper()} is not in .env.example"
        assert f"| `{name.upper()}` |" in manual, f"{name.upper()} is not in docs/operations.md"
    for region in REGIONS:
        assert region in manual


def test_the_example_file_shows_the_defaults(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    given = [line[1:] for line in lines if line.startswith("#") and not line.startswith("# ")]
    (tmp_path / "example.env").write_text("\n".join(given))
    assert len(given) == len(fields(Settings))
    assert Settings.from_env(tmp_path / "example.env") == Settings()
