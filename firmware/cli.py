"""The command `microdot`: a table of data, each row a command that is imported only when it is needed."""

import importlib
import signal
import sys

import click

from firmware import __version__
from firmware.errors import UserError

#: section of the help -> {command: "module:object"}; a module named here imports nothing heavy at its top
COMMANDS = {
    "Start": {
        "run": "firmware.commands.run:command",
        "new": "firmware.commands.new:command",
        "cert": "firmware.commands.cert:command",
        "test": "firmware.commands.test:command",
        "doctor": "firmware.commands.doctor:command",
    },
    "Build": {
        "build": "firmware.commands.build:command",
        "boards": "firmware.commands.boards:command",
        "info": "firmware.commands.info:command",
        "size": "firmware.commands.size:command",
    },
    "Board": {
        "flash": "firmware.commands.flash:command",
        "mount": "firmware.commands.mount:command",
        "deploy": "firmware.commands.deploy:command",
        "monitor": "firmware.commands.monitor:command",
    },
}


class LazyGroup(click.Group):
    """A group whose commands come from COMMANDS."""

    def list_commands(self, ctx):
        return [name for rows in COMMANDS.values() for name in rows]

    def get_command(self, ctx, name):
        for rows in COMMANDS.values():
            if name in rows:
                module, _, attribute = rows[name].partition(":")
                return getattr(importlib.import_module(module), attribute)
        return None

    def format_commands(self, ctx, formatter):
        for section, rows in COMMANDS.items():
            with formatter.section(section):
                formatter.write_dl([(name, self.get_command(ctx, name).get_short_help_str(90)) for name in rows])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="microdot")
def microdot():
    """Build MicroPython firmware with a web framework and your app frozen in; run, flash, deploy and test it."""


def main(args=None):
    """Run the command line `args` (default: the process's own) and exit with its status."""
    # Told to end, we end as after Ctrl-C: what we started is stopped, what we were writing is tidied up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    finish(lambda: microdot.main(args, prog_name="microdot", standalone_mode=False))


def finish(work):
    """Exit with the status that `work()` returns; what is in the user's hands is told in a line."""
    try:
        status = work()
    except UserError as error:
        status = _complain(str(error), error.detail, error.status)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        status = _complain("stopped", "", 130)
    except BrokenPipeError:
        status = 141  # the reader of our output went away, as a shell reports SIGPIPE
    except OSError as error:
        status = _complain(_os_error(error), "", 1)
    sys.exit(status if isinstance(status, int) else 0)


def _complain(message, detail, status):
    click.secho(f"microdot: {message}", fg="red", err=True)
    if detail:
        click.echo("\n".join("    " + line for line in detail.splitlines()), err=True)
    return status


def _os_error(error):
    import errno

    if error.errno == errno.ENOSPC:
        return "no space left on the disk, free some and run the same command again"
    if error.errno == errno.ENOEXEC:
        return f"the program {str(error.filename)!r} is damaged, remove it and run the same command again"
    return f"{(error.strerror or str(error)).lower()}: {str(error.filename or '')!r}"
