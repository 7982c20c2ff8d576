"""The secret behind the signing keys: set, or made once in the data directory."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from provisioning.errors import Invalid
from service import secret_key, settings
from service.settings import Settings

LONG = "x" * 32


def configured(data_dir: Path, **given: str) -> Settings:
    return settings.read({"PROVISIONING_DATA_DIR": str(data_dir), **given})


def test_embedded_it_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    found = secret_key.find(configured(tmp_path))

    assert found is not None
    assert len(found) >= 32
    assert secret_key.find(configured(tmp_path)) == found
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_who_only_looks_makes_none(tmp_path: Path) -> None:
    data_dir = tmp_path / "var"

    assert secret_key.find(configured(data_dir), make=False) is None
    assert not data_dir.exists()
    made = secret_key.find(configured(data_dir))
    assert secret_key.find(configured(data_dir), make=False) == made


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as together:
        found = set(together.map(lambda _: secret_key.find(configured(tmp_path)), range(8)))

    assert len(found) == 1


def test_several_processes_share_only_what_is_set(tmp_path: Path) -> None:
    broker = {"PROVISIONING_BROKER_URL": "redis://127.0.0.1:1/0"}

    assert secret_key.find(configured(tmp_path, **broker)) is None
    assert secret_key.find(configured(tmp_path, PROVISIONING_SECRET_KEY=LONG, **broker)) == LONG
    assert list(tmp_path.iterdir()) == []


def test_a_short_secret_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="PROVISIONING_SECRET_KEY: must have at least 32"):
        secret_key.find(configured(tmp_path, PROVISIONING_SECRET_KEY="short"))


def test_a_wrong_setting_of_signing_in_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="PROVISIONING_PERSONAL_ORGANIZATION"):
        configured(tmp_path, PROVISIONING_PERSONAL_ORGANIZATION="sometimes")
    with pytest.raises(Invalid, match="PROVISIONING_MAX_ORGANIZATIONS_PER_USER"):
        configured(tmp_path, PROVISIONING_MAX_ORGANIZATIONS_PER_USER="many")
