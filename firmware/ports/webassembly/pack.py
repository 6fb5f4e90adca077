"""Pack what a manifest freezes into a JavaScript module, for a MicroPython that was compiled elsewhere.

    python3 pack.py TREE MANIFEST MPY_CROSS OUTPUT

Such an image cannot have modules frozen into it: they are compiled as for freezing, and put into the file system when it
starts.
"""

import base64
import json
import subprocess
import sys
from pathlib import Path


def modules(tree, manifest):
    """Every file that `manifest` freezes, as MicroPython's own tool reads it."""
    sys.path.insert(0, str(tree / "tools"))
    import manifestfile

    paths = {
        "MPY_DIR": str(tree),
        "MPY_LIB_DIR": str(manifest.parent / "micropython-lib"),
        "PORT_DIR": str(tree / "ports" / "webassembly"),
    }
    reader = manifestfile.ManifestFile(manifestfile.MODE_FREEZE, paths)
    reader.execute(str(manifest))
    return sorted(reader.files(), key=lambda file: file.target_path)


def compile_module(mpy_cross, file, scratch):
    """The .mpy of a file of the manifest, whose tracebacks name it by its path in the image."""
    command = [mpy_cross, "-s", file.target_path, f"-O{file.opt}", "-o", scratch, file.full_path]
    print("MPY", file.target_path, flush=True)
    subprocess.run(command, check=True)
    return scratch.read_bytes()


def main(tree, manifest, mpy_cross, output):
    packed = {}
    for file in modules(tree, manifest):
        name = file.target_path.removesuffix(".py") + ".mpy"
        packed[name] = base64.b64encode(compile_module(mpy_cross, file, output.with_suffix(".mpy"))).decode()
    template = (Path(__file__).parent / "firmware.mjs").read_text()
    output.write_text(template.replace("{/* MODULES */}", json.dumps(packed, indent=0)))


if __name__ == "__main__":
    try:
        main(*(Path(argument) for argument in sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)  # mpy-cross has said what is wrong
