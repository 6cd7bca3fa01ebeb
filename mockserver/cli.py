"""The command `mockserver`: its flags are the settings, and it serves until it is told to stop."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from governance_contract.document import DocumentError
from governance_contract.fixtures import FixtureError
from mockserver.app import create_app, mock_of, sessions_of
from mockserver.reloading import Reloading
from mockserver.serving.garbage import put_off, spare_what_lasts
from mockserver.serving.server import CannotListen, serve
from mockserver.settings import (
    CONFIG_VARIABLE,
    DEVELOPMENT_KEY,
    Settings,
    SettingsError,
    default_of,
    entries,
    flag_name,
    load_settings,
    usage,
    variable_name,
)
from mockserver.state.datafile import UnusableData
from mockserver.state.persistence import Keeper
from mockserver.version import version
from mockserver.watching import Files, watched

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from mockserver.serving.bridge import Direct

Announcement = Callable[[str], None]
"""Tells somebody the URL under which the mock answers."""


class WrongInput(click.ClickException):
    """Something the user gave that cannot be used; click prints the message, and the exit code is 2."""

    exit_code = 2


def _show_version(context: click.Context, _: click.Parameter, is_asked: bool) -> None:
    if is_asked:
        click.echo(f"mockserver {version()}")
        context.exit()


def _settings_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` one flag for each setting; the values are parsed with those of the other sources."""
    for setting, entry in reversed(list(entries())):
        default = f"; default {default_of(setting)}" if default_of(setting) else ""
        text = f"{entry.help} [{variable_name(setting.name)}{default}]"
        if entry.metavar:
            flag, several = flag_name(setting.name), entry.several
            option = click.option(flag, setting.name, metavar=entry.metavar, multiple=several, help=text)
        else:
            option = click.option(usage(setting.name, entry), setting.name, default=None, help=text)
        command = option(command)
    return command


@click.command(name="mockserver", context_settings={"help_option_names": ["-h", "--help"]})
@_settings_flags
@click.option(
    "--config",
    envvar=CONFIG_VARIABLE,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"TOML file with settings, named as the flags with underscores. [{CONFIG_VARIABLE}]",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def main(config: Path | None, **flags: object) -> None:
    """Serve a mock of the governance API until Ctrl-C or SIGTERM.

    A setting is taken from its flag, else from the environment variable, else from the file of --config. Exit
    code 0 is a stop on request; 2 is an input that cannot be used, or a port that is taken.
    """
    try:
        _run(load_settings(flags, os.environ, config))
    except (SettingsError, DocumentError, FixtureError, UnusableData, CannotListen) as error:
        raise WrongInput(str(error)) from error
    # While Python shuts down, granian may still ask for the interpreter, which would abort the process: a thread that
    # sleeps for an object of a request, as after a second signal, is not waited for (`_Service.join`).
    os._exit(0)


def _run(settings: Settings) -> None:
    with contextlib.ExitStack() as at_stop:
        put_off()
        files = Files(settings)
        app = create_app(settings)
        at_stop.callback(sessions_of(app).close)
        announcements = [_announce_on_stdout(settings, sessions_of(app).base.keeper)]
        if settings.ready_file:
            announcements.append(at_stop.enter_context(_ready_file(settings.ready_file)))

        def announce(url: str) -> None:
            for announcement in announcements:
                announcement(url)

        served: WSGIApplication = app
        direct: Direct = mock_of(app)
        if settings.watch:
            served = direct = reloading = Reloading(settings, app, _tell)
            at_stop.enter_context(watched(files, reloading.reload, _tell))
        spare_what_lasts()
        serve(
            served,
            host=settings.host,
            port=settings.port,
            on_ready=announce,
            max_body_bytes=settings.max_body_bytes,
            direct=direct,
        )


def _tell(message: str) -> None:
    with contextlib.suppress(OSError):  # nobody reads, which is no reason to stop
        click.echo(message, err=True)


def _announce_on_stdout(settings: Settings, keeper: Keeper | None) -> Announcement:
    def announce(url: str) -> None:
        lines = [f"mockserver ready at {url}"]
        if settings.api_key == DEVELOPMENT_KEY:
            lines.append(f"Authorization: Bearer {DEVELOPMENT_KEY}")
        if keeper:
            lines.append(_told_of_data(settings, keeper))
        try:
            click.echo("\n".join(lines))
        except BrokenPipeError:  # nobody reads, which is no reason to stop
            sys.stdout = None

    return announce


def _told_of_data(settings: Settings, keeper: Keeper) -> str:
    if keeper.is_new:
        return f"data in {settings.data}, new, as in scenario {settings.scenario}"
    told = f"data in {settings.data}, as they were kept; scenario {settings.scenario} is what a reset goes back to"
    return f"{told}\nrecovered: {keeper.recovery}" if keeper.recovery else told


@contextlib.contextmanager
def _ready_file(path: Path) -> Iterator[Announcement]:
    """Yield what writes the URL to `path`, at once and whole; at the end the file is removed.

    Raises:
        WrongInput: the file cannot be written.
    """
    draft = path.parent / f".{path.name}.{os.getpid()}"

    def announce(url: str) -> None:
        draft.write_text(f"{url}\n", encoding="utf-8")
        draft.replace(path)
        at_stop.callback(path.unlink, missing_ok=True)

    _refuse_unwritable(path, draft)
    with contextlib.ExitStack() as at_stop:
        yield announce


def _refuse_unwritable(path: Path, draft: Path) -> None:
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        draft.touch()
        draft.unlink()
    except OSError as error:
        expected = "expected a path in a folder that exists and can be written"
        raise WrongInput(f"ready file {path}: cannot be written: {error.strerror}; {expected}") from error
