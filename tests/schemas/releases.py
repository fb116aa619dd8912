"""Released versions of a package, and their source as text; nothing of it is run."""

from __future__ import annotations

import json
import re
import tarfile
import urllib.request
import zipfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from packaging.version import InvalidVersion, Version


class Release(NamedTuple):
    """One release: its version, and where its archive lies."""

    package: str
    version: Version
    url: str
    filename: str


@cache
def releases(package: str) -> tuple[Release, ...]:
    """All final releases that the index has, the oldest first; wheels before source archives."""
    found: dict[Version, Release] = {}
    for file in _index(package)["files"]:
        name = file["filename"]
        version = _version_of(name)
        if version is None or version.is_prerelease or not name.endswith((".whl", ".tar.gz")):
            continue
        if version not in found or name.endswith(".whl"):
            found[version] = Release(package, version, file["url"], name)
    return tuple(found[version] for version in sorted(found))


def ends_of_minors(package: str, first: str) -> tuple[Release, ...]:
    """From `first` on, the first and the last release of each minor version."""
    since = [each for each in releases(package) if each.version >= Version(first)]
    minors: dict[tuple[int, ...], list[Release]] = {}
    for release in since:
        minors.setdefault(release.version.release[:2], []).append(release)
    ends = {end for group in minors.values() for end in (group[0], group[-1])}
    return tuple(release for release in since if release in ends)


class Source:
    """The files of one release."""

    def __init__(self, release: Release, folder: Path) -> None:
        archive = folder / release.filename
        if not archive.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with urllib.request.urlopen(release.url) as answer:
                archive.write_bytes(answer.read())
        self.release = release
        self._zip = zipfile.ZipFile(archive) if archive.suffix == ".whl" else None
        self._tar = None if self._zip else tarfile.open(archive)  # noqa: SIM115 (see `close`)

    def text(self, path: str) -> str | None:
        """A file of the package, by its path below the folder that holds the packages.

        Of a source archive the first folder and `src/` do not count.
        """
        if self._zip is not None:
            return self._zip.read(path).decode() if path in self._zip.namelist() else None
        assert self._tar is not None
        for name in self._tar.getnames():
            if re.sub(r"^[^/]+/(src/)?", "", name) == path:
                file = self._tar.extractfile(name)
                return None if file is None else file.read().decode()
        return None

    def requirements(self) -> str:
        """What it asks for of other packages, as the archive says it."""
        names = self._zip.namelist() if self._zip else self._tar.getnames()  # type: ignore[union-attr]
        for name in names:
            if re.search(r"(\.dist-info/METADATA|^[^/]+/PKG-INFO)$", name):
                if self._zip is not None:
                    return self._zip.read(name).decode()
                assert self._tar is not None
                file = self._tar.extractfile(name)
                return "" if file is None else file.read().decode()
        return ""

    def close(self) -> None:
        """Close the archive."""
        for archive in (self._zip, self._tar):
            if archive is not None:
                archive.close()


def _index(package: str) -> Any:
    # Which index pip itself would ask: no other name of one stands here.
    from pip._internal.models.index import PyPI

    kind = "application/vnd.pypi.simple.v1+json"
    request = urllib.request.Request(f"{PyPI.simple_url}/{package}/", headers={"Accept": kind})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def _version_of(filename: str) -> Version | None:
    stem = filename.removesuffix(".tar.gz")
    text = filename.split("-")[1] if filename.endswith(".whl") else stem.rpartition("-")[2]
    try:
        return Version(text)
    except InvalidVersion:
        return None
