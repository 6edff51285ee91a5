"""Zip archives are read in place, an entry at a time, within limits: nothing is ever unpacked to disk."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from rehabcoder.exports.problems import ExportError

#: Bytes that one entry may come to, all of them together, and how many times its packed size an entry may be.
LARGEST_ENTRY = 64 << 20
LARGEST_ARCHIVE = 4 << 30
HIGHEST_RATIO = 300
_SMALL = 1 << 20


def check_archive(path: Path) -> None:
    """Raises ExportError where a file is no zip archive or would swell beyond the limits."""
    with open_archive(path) as archive:
        entries = archive.infolist()
        if sum(entry.file_size for entry in entries) > LARGEST_ARCHIVE or any(map(is_bomb, entries)):
            raise ExportError("too-large", f"{path.name}: the archive swells beyond what is read")


def open_archive(path: Path) -> ZipFile:
    """A zip archive to read from. Raises ExportError where it is none."""
    try:
        return ZipFile(path)
    except (BadZipFile, ValueError, NotImplementedError):
        raise ExportError("unreadable-file", f"{path.name}: the archive is damaged or cut short") from None


def is_bomb(entry: ZipInfo) -> bool:
    """Whether an entry claims far more bytes than its packed size can honestly hold."""
    return entry.file_size > _SMALL and entry.file_size > HIGHEST_RATIO * max(1, entry.compress_size)


def bytes_of(archive: ZipFile, entry: ZipInfo) -> bytes:
    """The content of an entry, read no further than the limit. Raises ValueError where it is larger."""
    with archive.open(entry) as file:
        content = file.read(LARGEST_ENTRY + 1)
    if len(content) > LARGEST_ENTRY:
        raise ValueError("larger than what is read")
    return content
