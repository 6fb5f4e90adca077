# Changes to files that happen all or not at all, however the power is cut: first everything new is put aside below
# ASIDE, then the list of what is to be done is written, then it is done; at boot the launcher does what is left over.
#
# A line of the journal is "+PATH" (ASIDE/PATH becomes PATH) or "-PATH" (PATH goes). Doing it twice does no harm.
import os

_ROOT = os.getcwd().rstrip("/")
ASIDE = _ROOT + "/deploy.new"
JOURNAL = _ROOT + "/deploy.todo"


def write(lines):
    """Make `lines` the journal, which is there as a whole or not at all."""
    with open(JOURNAL + "~", "w") as file:
        file.write("\n".join(lines))
    os.rename(JOURNAL + "~", JOURNAL)


def finish():
    """Do what the journal says, if there is one; returns whether there was."""
    try:
        with open(JOURNAL) as file:
            lines = file.read().split("\n")
    except OSError:
        return False
    for line in lines:
        if line[:1] == "+":
            _move(ASIDE + line[1:], line[1:])
        elif line[:1] == "-":
            remove(line[1:])
            _remove_empty(line[1:])
    os.remove(JOURNAL)
    remove(ASIDE)
    return True


def make_folders(path):
    """Make the folders that the file `path` is to be in."""
    end = path.find("/", 1)
    while end > 0:
        try:
            os.mkdir(path[:end])
        except OSError:
            pass  # it is there
        end = path.find("/", end + 1)


def remove(path):
    """Remove a file, or a folder with what is in it; nothing is fine too."""
    try:
        is_folder = os.stat(path)[0] & 0x4000
    except OSError:
        return
    if not is_folder:
        os.remove(path)
        return
    for entry in os.listdir(path):
        remove(path + "/" + entry)
    os.rmdir(path)


def _remove_empty(path):
    """Remove the folders around `path` that have nothing in them any more."""
    try:
        while path.rfind("/") > 0:
            path = path[: path.rfind("/")]
            os.rmdir(path)
    except OSError:
        pass  # something is in it


def _move(source, target):
    try:
        os.stat(source)
    except OSError:
        return  # done before the power was cut
    make_folders(target)
    try:
        os.rename(source, target)
    except OSError:  # FAT does not rename onto a file
        os.remove(target)
        os.rename(source, target)
