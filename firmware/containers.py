"""Compile in a container: the same steps in the port's usual image, with the same folders at the same paths."""

import os
import shutil
import subprocess

from firmware import posix, shell
from firmware.builders import Step
from firmware.errors import UserError
from firmware.paths import FRAMEWORK, PORTS, ROOT, cache_dir


def engine(answering=True):
    """The container engine that works here, "docker" or "podman".

    :param answering: False for one that need only be installed, or docker if none is.
    :raises UserError: when there is none, or it does not answer.
    """
    here = [name for name in ("docker", "podman") if shutil.which(name)]
    if not answering:
        return here[0] if here else "docker"
    if not here:
        raise UserError("there is neither docker nor podman here, install one or build without --container")
    for name in here:
        if subprocess.run([name, "version"], capture_output=True).returncode == 0:
            return name
    raise UserError(f"{here[0]} is here but its service does not answer, start it or build without --container")


def wrap(steps, container, job, engine):
    """`steps` of `job` as one step in `container`, an image's name and the commands that complete it."""
    image, *setup = container
    script = "\n".join([*setup, *(shell.as_typed(step.cmd, cwd=step.cwd, env=step.env) for step in steps)])
    user = () if setup else _user(engine)
    return Step("compile in a container", (*_start(job, engine), *user, image, "sh", "-ec", script))


def _user(engine):
    """Words that make the files belong to the user: docker's daemon is root, podman is the user already."""
    if engine != "docker" or posix.is_root():
        return ()
    return ("--user", f"{os.getuid()}:{os.getgid()}", "-e", "HOME=/tmp")


def _start(job, engine):
    folders = {ROOT, FRAMEWORK, PORTS.parent, cache_dir(), job.tree, job.work, job.board.path, job.mpy_cross.parent}
    outermost = [folder for folder in sorted(folders) if not folders & set(folder.parents)]
    mounts = [word for folder in outermost for word in ("-v", f"{folder}:{folder}")]
    return (engine, "run", "--rm", "--init", *mounts)
