"""The launcher on the unix port, started the way a board starts it at boot."""

import subprocess

import pytest

MAIN = "def main():\n    print('{} app')\n"
CRASH = "def main():\n    print('try')\n    raise ValueError('broken on purpose')\n"
BOOT = "import launcher; launcher._PAUSE_S = 0; launcher.boot()"


@pytest.fixture
def board(unix_image, tmp_path):
    return Board(unix_image, tmp_path)


class Board:
    """A folder as its file system, and boots one after the other."""

    def __init__(self, image, root):
        self.image = image
        self.root = root

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def boot(self, before=""):
        code = f"{before}\n{BOOT}"
        done = subprocess.run([self.image, "-c", code], check=True, cwd=self.root, capture_output=True, text=True)
        return done.stdout + done.stderr


def test_starts_the_deployed_app_before_any_other(board):
    board.write("main.py", MAIN.format("root"))
    assert board.boot() == "root app\n"
    board.write("app/main.py", MAIN.format("deployed"))
    assert board.boot() == "deployed app\n"


def test_an_app_finds_its_modules_and_libraries(board):
    board.write("app/main.py", "import near, far\ndef main():\n    print(near.NAME, far.NAME)\n")
    board.write("app/near.py", "NAME = 'near'")
    board.write("app/lib/far.py", "NAME = 'far'")
    assert board.boot() == "near far\n"


def test_modules_of_an_app_can_import_its_main_module(board):
    board.write("app/main.py", "NAME = 'me'\nimport other\ndef main():\n    print(other.seen())\n")
    board.write("app/other.py", "def seen():\n    from main import NAME\n    return NAME\n")
    assert board.boot() == "me\n"


def test_runs_a_coroutine_main(board):
    board.write("app/main.py", "import asyncio\nasync def main():\n    await asyncio.sleep(0)\n    print('async')\n")
    assert board.boot() == "async\n"


def test_serves_an_app_that_has_no_main(board):
    board.write("app/main.py", "class app:\n    def run(host, port):\n        print('serving', host, port)\n")
    assert board.boot() == "serving 0.0.0.0 80\n"


def test_a_crash_loop_ends_at_a_prompt_that_shows_why(board):
    board.write("app/main.py", CRASH)
    for count in (1, 2):
        assert f"crashed ({count} of 3), starting again" in board.boot()
    text = board.boot()
    assert "starting again" not in text
    assert "ValueError: broken on purpose" in text
    assert 'File "app/main.py", line 3, in main' in text.replace(str(board.root) + "/", "")
    assert "crashed 3 times in a row" in text


def test_why_tells_the_last_crash_again(board):
    board.write("app/main.py", CRASH)
    board.boot()
    code = "import launcher; launcher.why()"
    done = subprocess.run([board.image, "-c", code], check=True, cwd=board.root, capture_output=True, text=True)
    assert "broken on purpose" in done.stdout


def test_after_a_long_run_a_crash_counts_as_the_first(board):
    board.write("app/main.py", CRASH)
    board.boot()
    board.boot()
    assert "crashed (1 of 3), starting again" in board.boot(before="import launcher; launcher._STABLE_MS = -1")


def test_a_mended_app_is_tried_after_a_crash_loop(board):
    board.write("app/main.py", CRASH)
    for _ in range(3):
        board.boot()
    board.write("app/main.py", MAIN.format("mended"))
    assert board.boot() == "mended app\n"


@pytest.mark.parametrize("crash", ["import nothing_there", "x = (1", "raise MemoryError"])
def test_any_way_to_fail_counts(board, crash):
    board.write("app/main.py", crash)
    assert "crashed (1 of 3), starting again" in board.boot()


def test_without_a_file_system_to_count_in_a_crash_is_not_repeated(board):
    board.write("app/main.py", CRASH)
    (board.root / "crash.txt").mkdir()
    text = board.boot()
    assert "starting again" not in text
    assert "no file system to count that in" in text


def test_ctrl_c_leads_to_a_prompt_and_counts_as_no_crash(board):
    board.write("app/main.py", "raise KeyboardInterrupt")
    assert board.boot() == "stopped; Ctrl-D starts the app again\n"
    assert not (board.root / "crash.txt").exists()
