"""No change of a backup goes unnoticed."""

from __future__ import annotations

import random
import shutil

import pytest

from linli.foundation.errors import InvalidInput
from linli.shell.backup import restoring
from linli.shell.backup.manifests import checked

FLIPS = 1000
pytestmark = pytest.mark.slow  # a thousand backups are looked at, byte by byte


@pytest.fixture
def backup(backed_up, tmp_path, settings):
    """A copy to be damaged: the folder of the data; the keys lie beside it."""
    settings.BACKUP_KEY = backed_up.key()
    shutil.copytree(backed_up.backups, tmp_path / "copy")
    (found,) = (path.parent for path in (tmp_path / "copy").glob("2*/manifest"))
    restoring.opened(found)
    return found


def files_of(backup):
    keys = next(backup.parent.glob("keys-*"))
    return sorted([*backup.iterdir(), *keys.iterdir()])


def is_refused(backup, name):
    try:
        restoring.opened(backup)
    except InvalidInput as refusal:
        return name in str(refusal.message)
    return False


def test_each_of_a_thousand_flipped_bytes_is_found_and_its_file_is_named(backup, figure):
    lots = random.Random("flips")
    files = files_of(backup)
    found = dict.fromkeys(files, 0)
    for number in range(FLIPS):
        file = files[number % len(files)]
        place, change = lots.randrange(file.stat().st_size), lots.randrange(1, 256)
        with file.open("r+b") as content:
            content.seek(place)
            byte = content.read(1)[0]
            content.seek(place)
            content.write(bytes([byte ^ change]))
            content.flush()
            found[file] += is_refused(backup, str(file))
            content.seek(place)
            content.write(bytes([byte]))
    restoring.opened(backup)

    missed = FLIPS - sum(found.values())
    figure("E6", "flipped bytes of a backup that are not found", target="0", n=FLIPS, floor=1000, got=missed)
    assert len(files) >= 5
    assert missed == 0


def test_a_file_cut_short_made_longer_or_missing_is_found(backup):
    for file in files_of(backup):
        content = file.read_bytes()
        for other in (content[:-1], content + b"\0", b""):
            file.write_bytes(other)
            assert is_refused(backup, str(file))
        file.unlink()
        assert is_refused(backup, str(file if file.name != "manifest" else file.parent)) or (
            file.name == "manifest"  # without its manifest it is no copy of the keys at all
            and is_refused(backup, str(backup.parent))
        )
        file.write_bytes(content)
    restoring.opened(backup)


def test_parts_of_two_backups_do_not_mix(backup, installation):
    later = installation.backup()
    shutil.copy(later / "default", backup / "default")

    assert checked(later).id != backup.name
    assert is_refused(backup, str(backup / "default"))


def test_a_copy_of_the_keys_is_no_backup_of_the_data(backup):
    keys = next(backup.parent.glob("keys-*"))

    with pytest.raises(InvalidInput, match="不是数据备份"):
        restoring.opened(keys)
