"""QEMU machines, with the console as a socket and memory that can be kept in a file."""

from firmware.emulators import program, start

#: MicroPython's board -> program, Debian package, machine, size of its main memory. That memory holds the file system:
#: the AN385's 16 MB PSRAM, the virt machine's RAM
_MACHINES = {
    "MPS2_AN385": ("qemu-system-arm", "qemu-system-arm", ("-machine", "mps2-an385"), 16),
    "VIRT_RV32": ("qemu-system-riscv32", "qemu-system-misc", ("-machine", "virt", "-bios", "none"), 32),
}


def boot(board, artifact, *, flash=None):
    """Boot the ELF file of `artifact`; see firmware.emulate.boot."""
    name, package, machine, megabytes = _MACHINES[board.upstream]
    qemu = program(name, package)
    memory = _memory(flash, megabytes)

    def command(listener, folder):
        console = f"socket,id=console,fd={listener.fileno()},server=on,wait=off,nodelay=on,logfile={folder / 'console'}"
        return (
            *(qemu, *machine, *memory, "-m", f"{megabytes}M"),
            *("-nodefaults", "-display", "none", "-semihosting"),
            *("-chardev", console, "-serial", "chardev:console"),
            *("-kernel", artifact.elf or artifact.image),
        )

    return start(command, board)


def _memory(flash, megabytes):
    """Words that keep the main memory in the file `flash`."""
    if flash is None:
        return ()
    backend = f"memory-backend-file,id=memory,size={megabytes}M,share=on,mem-path={flash}"
    return ("-object", backend, "-machine", "memory-backend=memory")
