"""The qemu port: bare-metal ARM and RISC-V machines that QEMU emulates."""

from firmware.builders import Step, make_variables


def container(job):
    """The container image the port is usually built in, and commands that complete it."""
    return ("micropython/build-micropython-arm",)


def needs(board):
    """Groups of packages that the machine must have."""
    return ("base", "qemu_riscv" if board.upstream.startswith("VIRT_RV") else "qemu_arm")


def obstacle(board):
    """Nothing beyond packages is needed."""
    return ""


def libraries(board, tree):
    """mbedTLS, for its hashes: the stock port has none."""
    return ("lib/mbedtls",)


def steps(job):
    """One run of the port's make, with our C module that gives the port time, select and a file system."""
    variables = make_variables(
        job,
        BOARD=job.board.upstream,
        BOARD_DIR=job.board.path,
        CFLAGS_EXTRA=f"{job.prefix_map} -Wno-error",  # later compilers warn of more
    )
    return [Step("compile", ("make", "-C", job.port_dir, f"-j{job.jobs}", *variables))]


def outputs(job):
    """QEMU boots the ELF file."""
    elf = job.out / "firmware.elf"
    return {"image": elf, "map": job.out / "firmware.map"}
