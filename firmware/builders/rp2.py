"""The rp2 port: RP2040 and RP2350, with the pico-sdk's cmake."""

from firmware.builders import Step
from firmware.errors import UserError
from firmware.paths import PORTS

#: UF2 family of each chip (Microsoft's uf2families.json); for the RP2350 its secure ARM cores
_FAMILIES = {"rp2040": "0xe48bff56", "rp2350": "0xe48bff59"}


def container(job):
    """The container image the port is usually built in, and commands that complete it."""
    return ("micropython/build-micropython-arm",)


def needs(board):
    """Groups of packages that the machine must have."""
    return ("base", "rp2")


def obstacle(board):
    """Nothing beyond packages is needed."""
    return ""


def libraries(board, tree):
    """The SDK and what it takes from MicroPython's tree; boards with a radio need its driver too."""
    radio = ("lib/cyw43-driver", "lib/btstack") if "WiFi" in board.features else ()
    return ("lib/pico-sdk", "lib/tinyusb", "lib/lwip", "lib/mbedtls", *radio)


def steps(job):
    """Configure, compile, and wrap the binary as UF2 without picotool."""
    configure = ("cmake", "-S", job.port_dir, "-B", job.out, *_definitions(job))
    pack = (
        *("python3", job.tree / "tools" / "uf2conv.py"),
        *("-f", _family(job.board), "-b", "0x10000000", "-c"),
        *("-o", job.out / "image.uf2", job.out / "firmware.bin"),
    )
    # flags by the environment: as definitions they would replace the SDK's own
    flags = {
        # what GCC 15 warns of in MicroPython 1.25; earlier ones pass over the name
        "CFLAGS": f"{job.prefix_map} -Wno-unterminated-string-initialization",
        "CXXFLAGS": job.prefix_map,
        "ASMFLAGS": f"{job.prefix_map} {job.assembler_prefix_map}",
    }
    env = {"MICROPY_MPYCROSS": job.mpy_cross, **flags}
    return [
        Step("configure", configure, env=env),
        Step("compile", ("make", "-C", job.out, f"-j{job.jobs}", "firmware"), env=env),
        Step("pack", pack),
    ]


def _definitions(job):
    values = {
        "CMAKE_BUILD_TYPE": "MinSizeRel",
        "MICROPY_BOARD": job.board.upstream,
        "MICROPY_BOARD_DIR": job.board.path,
        "MICROPY_FROZEN_MANIFEST": job.manifest,
        "MICROPY_LIB_DIR": job.mpy_lib,
        "USER_C_MODULES": PORTS / "linker" / "micropython.cmake",
        "PICO_NO_PICOTOOL": 1,
        # MicroPython expects SDK 2.1.1; 2.2.0 moved a header here
        "MICROPY_CPP_INC_EXTRA": job.tree / "lib/pico-sdk/src/rp2_common/pico_platform_common/include",
        **job.board.make,
    }
    return [f"-D{name}={value}" for name, value in values.items()]


def _family(board):
    if board.mcu not in _FAMILIES:
        raise UserError(f"board.json of {board.name!r} names the mcu {board.mcu!r}, which is none of: {', '.join(_FAMILIES)}")
    return _FAMILIES[board.mcu]


def outputs(job):
    """UF2 for the boot loader's volume, a plain binary for emulators and tools."""
    files = {"image": "image.uf2", "bin": "firmware.bin", "elf": "firmware.elf", "map": "firmware.elf.map"}
    return {kind: job.out / name for kind, name in files.items()}
