"""Compile in a container: the same steps, in the port's usual image, with the same folders at the same paths."""

import shutil
from dataclasses import replace

from firmware.errors import UserError
from firmware.paths import ROOT, cache_dir


def engine():
    """The container engine of this machine, "docker" or "podman".

    :raises UserError: when there is none.
    """
    for name in ("docker", "podman"):
        if shutil.which(name):
            return name
    raise UserError("there is neither docker nor podman here, install one or build without --container")


def wrap(builder, job, engine):
    """The steps of `job`, each inside the builder's container image."""
    image = builder.CONTAINER.format(version=job.version)
    return [replace(step, cmd=_inside(step, job, engine, image), cwd=None, env={}) for step in builder.steps(job)]


def _inside(step, job, engine, image):
    folders = {ROOT, cache_dir(), job.tree, job.out.parent, job.board.path}
    mounts = [word for folder in sorted(folders) for word in ("-v", f"{folder}:{folder}")]
    variables = [word for name, value in step.env.items() for word in ("-e", f"{name}={value}")]
    where = ("-w", step.cwd) if step.cwd else ()
    return (engine, "run", "--rm", "--init", *mounts, *variables, *where, image, *step.cmd)
