"""Where settings come from, which source goes first, and what is said of wrong values."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from mockserver.settings import (
    DEVELOPMENT_KEY,
    Settings,
    SettingsError,
    entries,
    flag_name,
    load_settings,
    settings_of,
    variable_name,
)


def config(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "mock.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_any_source_all_settings_are_the_defaults() -> None:
    assert load_settings({}, {}) == Settings()


def test_the_default_is_the_loopback_with_the_development_key() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.api_key) == ("127.0.0.1", 4010, DEVELOPMENT_KEY)


def test_a_flag_goes_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    file = config(tmp_path, 'port = 1\nseed = 1\nscenario = "from-file"\n')
    environ = {"MOCKSERVER_PORT": "2", "MOCKSERVER_SEED": "2"}
    settings = load_settings({"port": "3", "seed": None}, environ, file)
    assert (settings.port, settings.seed, settings.scenario) == (3, 2, "from-file")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("host", "::1", "::1"),
        ("port", "0", 0),
        ("port", "65535", 65535),
        ("api_key", "sk-1", "sk-1"),
        ("document", "a/b.yaml", Path("a/b.yaml")),
        ("scenario", "empty", "empty"),
        ("seed", "0", 0),
        ("ready_file", "ready", Path("ready")),
        ("max_body_bytes", "1", 1),
        ("cors_origin", "http://a:1, https://b.c", ("http://a:1", "https://b.c")),
        ("cors_origin", "none", ()),
    ],
)
def test_a_value_is_the_same_from_a_flag_and_from_the_environment(name: str, text: str, value: object) -> None:
    from_flag = load_settings({name: text}, {})
    from_environment = load_settings({}, {variable_name(name): text})
    assert getattr(from_flag, name) == value
    assert from_environment == from_flag


def test_a_file_has_values_of_its_own_types(tmp_path: Path) -> None:
    settings = load_settings({}, {}, config(tmp_path, 'port = 8080\nseed = 7\napi_key = "k"\n'))
    assert (settings.port, settings.seed, settings.api_key) == (8080, 7, "k")


def test_a_setting_with_several_values_is_a_repeated_flag_or_a_list(tmp_path: Path) -> None:
    expected = ("http://a", "http://b", "http://c")
    assert load_settings({"cors_origin": ("http://a,http://b", "http://c")}, {}).cors_origin == expected
    file = config(tmp_path, 'cors_origin = ["http://a", "http://b", "http://c"]\n')
    assert load_settings({"cors_origin": ()}, {}, file).cors_origin == expected
    assert load_settings({}, {}, config(tmp_path, "cors_origin = []\n")).cors_origin == ()


def test_cookies_of_all_pages_are_refused() -> None:
    with pytest.raises(SettingsError, match="expected --cors-origin with the origins that may"):
        load_settings({"cors_credentials": True}, {})
    assert load_settings({"cors_credentials": True, "cors_origin": "http://a"}, {}).cors_credentials


def test_a_path_in_the_file_starts_from_the_folder_of_the_file(tmp_path: Path) -> None:
    file = config(tmp_path, 'document = "api.yaml"\nready_file = "/run/ready"\n')
    settings = load_settings({}, {}, file)
    assert settings.document == tmp_path / "api.yaml"
    assert settings.ready_file == Path("/run/ready")


@pytest.mark.parametrize(
    ("name", "wrong", "allowed"),
    [
        ("host", " ", "a text that is not empty"),
        ("port", "http", "a whole number from 0 to 65535"),
        ("port", "-1", "a whole number from 0 to 65535"),
        ("port", "65536", "a whole number from 0 to 65535"),
        ("port", "4010.0", "a whole number from 0 to 65535"),
        ("port", "٤", "a whole number from 0 to 65535"),
        ("port", "", "a whole number from 0 to 65535"),
        ("document", "", "the path of a file"),
        ("document", "a\0b", "the path of a file"),
        ("scenario", "", "a text that is not empty"),
        ("seed", "-1", "a whole number from 0 on"),
        ("seed", "9" * 5000, "a whole number from 0 on"),
        ("ready_file", "", "the path of a file"),
        ("max_body_bytes", "0", "a whole number from 1 on"),
        ("cors_origin", "localhost", "an origin such as http://localhost:5173 without a path, *, or none"),
        ("cors_origin", "http://a/", "an origin such as http://localhost:5173 without a path, *, or none"),
        ("cors_origin", "http://a,", "an origin such as http://localhost:5173 without a path, *, or none"),
        ("cors_origin", "", "an origin such as http://localhost:5173 without a path, *, or none"),
    ],
)
def test_a_wrong_value_is_named_with_its_source_and_what_is_allowed(name: str, wrong: str, allowed: str) -> None:
    with pytest.raises(SettingsError) as by_flag:
        load_settings({name: wrong}, {})
    assert str(by_flag.value) == f"{flag_name(name)}: {wrong!r} is not allowed; expected {allowed}"
    with pytest.raises(SettingsError) as by_variable:
        load_settings({}, {variable_name(name): wrong})
    assert str(by_variable.value).startswith(f"environment variable {variable_name(name)}: {wrong!r} is not")


@pytest.mark.parametrize("wrong", ["", "two words", "schlüssel", "line\nbreak"])
def test_no_message_shows_a_wrong_key(wrong: str) -> None:
    with pytest.raises(SettingsError, match="a secret, not shown") as refusal:
        load_settings({"api_key": wrong}, {})
    assert not wrong or wrong not in str(refusal.value)


def test_the_key_is_not_in_the_representation() -> None:
    assert "sk-1" not in repr(Settings(api_key="sk-1"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('# comment\nport = "q"\n', r"mock.toml, line 2, port: 'q' is not allowed; expected a whole number"),
        ("port = true\n", r"line 1, port: true is not allowed"),
        ("port = 1.5\n", r"line 1, port: 1.5 is not allowed"),
        ("scenario = 1\n", r"line 1, scenario: 1 is not allowed; expected a text"),
        ('host = "h"\n\n"prot" = 1\n', r"line 3, prot: there is no such setting; expected one of host, port"),
        ("[port]\n", r"line 1, port: {} is not allowed"),
        ("port = \n", r"mock.toml: is not TOML: .*line 1"),
        ("port = " + "9" * 5000, r"mock.toml: is not TOML: Exceeds the limit"),
        ("port = 0x" + "f" * 5000, r"line 1, port: the number is not allowed; expected a whole number"),
        ("\n[" + "a." * 17 + "a]\n", r"mock.toml, line 2: has a name of more than 16 parts"),
        ("'a b' . \"c\"" + ".d" * 30_000, r"mock.toml, line 1: has a name of more than 16 parts"),
        ("port = " + "[" * 5000, r"mock.toml: nests too deeply"),
        ("port = " + "{a=" * 5000, r"mock.toml: nests too deeply"),
        ("#" * 70_000, r"mock.toml: is longer than 65536 bytes"),
        ("a" * 65_000, r"mock.toml: is not TOML"),
    ],
)
def test_a_wrong_entry_of_the_file_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_settings({}, {}, config(tmp_path, text))


def test_a_file_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none.toml: cannot be read: No such file.*; expected a TOML file"):
        load_settings({}, {}, tmp_path / "none.toml")


def test_a_file_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "mock.toml"
    file.write_bytes(b'host = "\xff"\n')
    with pytest.raises(SettingsError, match="is not TOML"):
        load_settings({}, {}, file)


def test_a_wrong_value_is_an_error_though_another_source_goes_before_it() -> None:
    with pytest.raises(SettingsError, match="MOCKSERVER_PORT"):
        load_settings({"port": "1"}, {"MOCKSERVER_PORT": "x"})


def test_a_misspelt_variable_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"MOCKSERVER_API_KYE: .* expected MOCKSERVER_API_KEY"):
        load_settings({}, {"MOCKSERVER_API_KYE": "k"})


@pytest.mark.parametrize("name", ["MOCKSERVER_LOG_LEVEL", "MOCKSERVER_SERVICE_HOST", "PATH"])
def test_a_variable_of_another_product_is_left_alone(name: str) -> None:
    assert load_settings({}, {name: "x"}) == Settings()


def test_every_setting_says_what_it_is() -> None:
    described = {setting.name: entry for setting, entry in entries()}
    assert described.keys() == {field.name for field in dataclasses.fields(Settings)}
    assert all(entry.help.endswith(".") and entry.metavar == entry.metavar.upper() for entry in described.values())


def test_every_default_is_a_value_that_can_be_set() -> None:
    for setting, entry in entries():
        if isinstance(setting.default, str | int):
            assert entry.parse(setting.default) == setting.default


@pytest.mark.parametrize(
    ("value", "parsed"), [("true", True), ("YES", True), ("1", True), ("off", False), ("No", False), ("0", False)]
)
def test_a_switch_has_many_names(value: str, *, parsed: bool) -> None:
    assert load_settings({}, {"MOCKSERVER_ADMIN": value}).admin is parsed


@pytest.mark.parametrize("flags", [{"admin": "maybe"}, {"admin_prefix": "/"}, {"admin_prefix": "/a/"}])
def test_a_wrong_switch_or_prefix_is_refused(flags: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="is not allowed; expected"):
        load_settings(flags, {})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])  # noqa: S104 - nothing is bound
def test_a_control_api_that_others_can_reach_needs_a_token(host: str) -> None:
    with pytest.raises(SettingsError, match="the control API is open; expected --admin-token TOKEN, or --no-admin"):
        load_settings({"host": host}, {})
    assert load_settings({"host": host, "admin_token": "secret"}, {}).admin_token == "secret"
    assert not load_settings({"host": host, "admin": False}, {}).admin


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_control_api_on_the_loopback_needs_no_token(host: str) -> None:
    assert load_settings({"host": host}, {}).admin


def test_the_origin_of_sandboxed_frames_does_not_open_the_control_api() -> None:
    with pytest.raises(SettingsError, match=r"cors_origin null would open the control API .* expected --admin-token"):
        load_settings({"cors_origin": ("null",)}, {})
    assert load_settings({"cors_origin": ("null",), "admin_token": "secret"}, {}).cors_origin == ("null",)
    assert load_settings({"cors_origin": ("null",), "admin": False}, {}).cors_origin == ("null",)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(("localhost:5173",), "'localhost:5173'"), (["a", "b"], "'a', 'b'"), ([True], "true"), ([[]], "an empty list")],
)
def test_a_wrong_list_is_shown_as_one_writes_it(value: object, shown: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(f"cors_origin: {shown} is not allowed")):
        settings_of({"cors_origin": value})
