"""A folder's lock binds all who ask, in this process and in others, and goes with who holds it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from linli.foundation import folders


def asked(folder, *, shared):
    with folders.locked(folder, shared=shared, wait=False) as held:
        return held


@pytest.mark.parametrize(
    ("holding", "asking", "given"),
    [(False, False, False), (False, True, False), (True, False, False), (True, True, True)],
)
def test_a_lock_is_alone_or_shared(tmp_path, holding, asking, given):
    with folders.locked(tmp_path, shared=holding) as held:
        assert held
        assert asked(tmp_path, shared=asking) is given
    assert asked(tmp_path, shared=asking) is True
    assert list(tmp_path.iterdir()) == []


def test_a_dead_process_holds_nothing(tmp_path):
    program = "import sys, pathlib, os\nfrom linli.foundation import folders\nwith folders.locked(pathlib.Path(sys.argv[1])): print('held', flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"held\n"
    assert asked(tmp_path, shared=True) is False
    holder.kill()
    holder.communicate()

    assert asked(tmp_path, shared=False) is True


def test_the_names_of_a_folder_are_written_through(tmp_path):
    folders.fsync(tmp_path)
    with pytest.raises(FileNotFoundError):
        folders.fsync(tmp_path / "nowhere")
