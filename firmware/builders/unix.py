"""The unix port: a program for this machine."""

from firmware.builders import Step, make_variables


def container(job):
    """The container image the port is usually built in, and commands that complete it."""
    return ("gcc:12-bookworm", "apt-get -q update", "apt-get -q install -y libffi-dev libmbedtls-dev")


def needs(board):
    """Groups of packages that the machine must have."""
    return ("base", "unix")


def obstacle(board):
    """Nothing beyond packages is needed."""
    return ""


def libraries(board, tree):
    """Folders of lib/ that the build needs; Debian's tree is patched to use the system's mbedTLS instead."""
    return () if (tree / "debian").is_dir() else ("lib/mbedtls",)


def steps(job):
    """The port's make, and the image without symbols."""
    variables = make_variables(
        job,
        VARIANT_DIR=job.board.path,
        VARIANT=job.board.name,
        CFLAGS_EXTRA=f"{job.prefix_map} -Wno-error",  # later compilers warn of more
        STRIP="",  # make keeps the symbols, which the size report and profilers read; the image goes without
    )
    return [
        Step("compile", ("make", "-C", job.port_dir, f"-j{job.jobs}", *variables)),
        Step("strip", ("strip", "-o", job.out / "stripped", job.out / "micropython")),
    ]


def outputs(job):
    """The program, and the same with symbols."""
    return {"image": job.out / "stripped", "elf": job.out / "micropython", "map": job.out / "micropython.map"}
