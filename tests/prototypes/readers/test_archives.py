"""Archives: every file in them is read or rejected by name, and nothing else comes of them."""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from ccdcgan.cli.evaluate import read_files
from ccdcgan.config.configuration import Config
from ccdcgan.crystals.structures import Reason, Rejected
from ccdcgan.prototypes.readers.content import file_format
from ccdcgan.prototypes.readers.reading import Found, Reader, read
from ccdcgan.prototypes.sources import files
from tests.prototypes.mixed_files import CIF
from tests.prototypes.readers.packing import PACKED, Members, tarred, zipped
from tests.prototypes.readers.situations import FILES, files_section
from tests.prototypes.support import limits

BROKEN = CIF.replace("Na", "Qq").encode()
TABLE = pd.DataFrame({"id": ["a", "b", "c"], "cif": [CIF, "rubbish", CIF]}).to_csv(index=False).encode()


def found_in(folder: Path, name: str, content: bytes, max_size: float = 5.0) -> dict[str, Found]:
    """What becomes of an archive, by label; no two have one."""
    (folder / name).write_bytes(content)
    found = list(read(folder / name, files_section(max_size=max_size), limits()))
    assert len({each.label for each in found}) == len(found)
    assert [path.name for path in folder.iterdir()] == [name]
    return {each.label: each for each in found}


def detail(found: Found) -> str:
    assert isinstance(found.cell, Rejected)
    return found.cell.detail


@pytest.mark.parametrize("name", PACKED)
def test_every_file_is_read_or_rejected(name: str, tmp_path: Path) -> None:
    members = [
        ("gen/", b""),
        ("gen/a.cif", CIF.encode()),
        ("gen/b.cif.gz", gzip.compress(CIF.encode())),
        ("gen/twice.cif", (CIF + CIF).encode()),
        ("gen/broken.cif", BROKEN),
        ("t.csv", TABLE),
        ("readme.txt", b"to be relaxed"),
        ("inner.zip", zipped([("a.cif", CIF.encode())])),
        ("inner.tar.gz", b"x"),
        ("empty.cif", b""),
        ("bytes.cif", b"\0\1\2"),
        (".hidden.cif", CIF.encode()),
        ("gen/.git/a.cif", CIF.encode()),
        ("__MACOSX/gen/._a.cif", b"\0\5\26\7"),
        ("./gen/POSCAR_bad", b"x"),
    ]
    found = found_in(tmp_path, name, PACKED[name](members))
    for label in ("gen/a.cif", "gen/b.cif.gz", "gen/twice.cif#1", "gen/twice.cif#2", "t.csv#a", "t.csv#c"):
        assert found.pop(label).elements == ("Na", "Cl"), label
    words = {
        "gen/broken.cif": "'Qq",
        "t.csv#b": "",
        "readme.txt": "unknown kind of file",
        "inner.zip": "an archive in an archive",
        "inner.tar.gz": "an archive in an archive",
        "empty.cif": "empty file",
        "bytes.cif": "binary",
        "./gen/POSCAR_bad": "1 lines",
    }
    assert set(found) == set(words)
    for label, each in found.items():
        assert words[label] in detail(each)


def test_labels_and_places(tmp_path: Path) -> None:
    found = found_in(tmp_path, "x.zip", zipped([("t.csv", TABLE), ("gen/twice.cif", (CIF + CIF).encode())]))
    assert found["t.csv#a"].place == "member t.csv, row 1, block 1, data_NaCl"
    assert found["gen/twice.cif#2"].place == "member gen/twice.cif, block 2, data_NaCl"


NAMES = [
    "PK.cif",
    "../../up.cif",
    "/etc/root.cif",
    "C:\\dir\\dos.cif",
    "a\nb.cif",
    "a\x1b[2Jb.cif",
    "é ≠ e.cif",
    "x" * 300 + ".cif",
]


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_odd_names_are_labels_only(pack: Callable[[Members], bytes], tmp_path: Path) -> None:
    found = found_in(tmp_path, "x.zip", pack([(name, CIF.encode()) for name in NAMES]))
    assert len(found) == len(NAMES)
    for label, each in found.items():
        assert each.elements == ("Na", "Cl")
        assert label.isprintable()
        assert len(label) <= 200
    assert not (tmp_path.parent / "up.cif").exists()


def test_a_name_of_no_encoding(tmp_path: Path) -> None:
    content = tarred([("ab.cif", CIF.encode())])
    with io.BytesIO() as buffer:
        with tarfile.open(fileobj=buffer, mode="w", encoding="latin-1", format=tarfile.GNU_FORMAT) as archive:
            member = tarfile.TarInfo("\xe9.cif")
            member.size = len(CIF)
            archive.addfile(member, io.BytesIO(CIF.encode()))
        content = buffer.getvalue()
    (found,) = found_in(tmp_path, "x.tar", content).values()
    assert found.elements == ("Na", "Cl")
    found.label.encode()


def test_a_name_that_is_there_twice(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        (tmp_path / "x.zip").write_bytes(zipped([("a.cif", CIF.encode()), ("a.cif", BROKEN)]))
    first, second = read(tmp_path / "x.zip", files_section(), limits())
    assert first.elements == ("Na", "Cl")
    assert isinstance(second.cell, Rejected)


@pytest.mark.parametrize("name", PACKED)
def test_what_unpacks_to_too_much_is_one_reject(name: str, tmp_path: Path) -> None:
    members = [("a.cif", CIF.encode()), ("zeros.cif", b" " * 1_200_000), ("more.cif", b" " * 1_200_000)]
    found = found_in(tmp_path, name, PACKED[name](members), max_size=2.0)
    assert list(found) == [""]
    assert "more than 2 MB" in detail(found[""])


def test_a_file_in_a_file_that_unpacks_to_too_much(tmp_path: Path) -> None:
    members = [("a.cif.gz", gzip.compress(b" " * 3_000_000)), ("b.cif", CIF.encode())]
    found = found_in(tmp_path, "x.zip", zipped(members), max_size=2.0)
    assert "more than" in detail(found["a.cif.gz"])
    assert found["b.cif"].elements == ("Na", "Cl")


def test_a_sparse_file_is_bounded(tmp_path: Path) -> None:
    """A header that promises a terabyte."""
    member = tarfile.TarInfo("a.cif")
    member.size = 10**12
    found = found_in(tmp_path, "x.tar", member.tobuf(tarfile.GNU_FORMAT) + CIF.encode(), max_size=2.0)
    assert found
    assert all(isinstance(each.cell, Rejected) for each in found.values())


def test_encrypted_files_are_rejected(tmp_path: Path) -> None:
    content = bytearray(zipped([("a.cif", CIF.encode()), ("b.cif", CIF.encode())]))
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + place] |= 1
    found = found_in(tmp_path, "x.zip", bytes(content))
    assert "encrypted" in detail(found["a.cif"])
    assert found["b.cif"].elements == ("Na", "Cl")


def test_links_and_devices_are_rejected(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)):
            member = tarfile.TarInfo(f"{number}.cif")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    found = found_in(tmp_path, "x.tar", buffer.getvalue())
    assert len(found) == 4
    assert all("found a link or a device" in detail(each) for each in found.values())
    (tmp_path / "x.tar").unlink()
    link = zipfile.ZipInfo("a.cif")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr(link, "/etc/passwd")
    assert "found a link" in detail(found_in(tmp_path, "x.zip", buffer.getvalue())["a.cif"])


def test_a_damaged_file_is_one_reject(tmp_path: Path) -> None:
    content = zipped([("a.cif", CIF.encode()), ("b.cif", CIF.encode())], zipfile.ZIP_STORED)
    found = found_in(tmp_path, "x.zip", content.replace(b"Cl7", b"Cl8", 1))
    assert "cannot be unpacked (Bad CRC-32" in detail(found["a.cif"])
    assert found["b.cif"].elements == ("Na", "Cl")


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz"])
@pytest.mark.parametrize("keep", [0.3, 0.6, 0.95])
def test_what_is_cut_short_says_so(name: str, keep: float, tmp_path: Path) -> None:
    content = PACKED[name]([(f"{number}.cif", CIF.encode()) for number in range(9)])
    found = found_in(tmp_path, name, content[: int(keep * len(content.rstrip(b"\0")))])
    assert any(isinstance(each.cell, Rejected) for each in found.values())
    if name == "x.tar":
        assert found["0.cif"].elements == ("Na", "Cl")


def test_a_tar_with_a_wrong_header_tells_what_is_lost(tmp_path: Path) -> None:
    content = bytearray(tarred([(f"{number}.cif", CIF.encode()) for number in range(3)]))
    place = content.index(b"1.cif")
    content[place : place + 5] = b"9.cif"  # its checksum is another
    found = found_in(tmp_path, "x.tar", bytes(content))
    assert found["0.cif"].elements == ("Na", "Cl")
    assert "cannot be unpacked" in detail(found["the rest"])
    (tmp_path / "x.tar").unlink()
    two = tarred([("a.cif", CIF.encode())]) + tarred([("b.cif", CIF.encode())])
    assert set(found_in(tmp_path, "x.tar", two)) == {"a.cif", "the rest"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zipped([]), "found no files in the archive"),
        (zipped([("gen/", b""), (".a.cif", b"x")]), "found no files in the archive"),
        (tarred([]), "found no files in the archive"),
        (b"PK\3\4 rubbish", "cannot be unpacked"),
        (b"rubbish" * 200, "cannot be unpacked"),
        (gzip.compress(CIF.encode()), "cannot be unpacked"),
    ],
)
def test_no_archive(content: bytes, words: str, tmp_path: Path) -> None:
    (found,) = found_in(tmp_path, "x.zip", content).values()
    assert words in detail(found)


def test_folders_are_searched_for_archives(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/x.tar.gz").write_bytes(PACKED["x.tar.gz"]([("gen_0.cif", CIF.encode()), ("b.cif", BROKEN)]))
    (tmp_path / "empty.zip").touch()
    entries = list(files.read(files_section(paths=[str(tmp_path)]), limits(), ["Bi", "Se"], 0))
    assert [entry.origin.source_id for entry in entries] == [
        "deep/x.tar.gz#gen_0.cif",
        "deep/x.tar.gz#b.cif",
        "empty.zip",
    ]
    assert [isinstance(entry.cell, Rejected) for entry in entries] == [False, True, True]
    assert entries[0].file == str(tmp_path / "deep/x.tar.gz")


def test_evaluate_reads_an_archive(config: Config) -> None:
    given = read_files([str(FILES / "generated_crystals_cif.zip")], config)
    ids = ["generated_crystals_cif.zip_gen_0.cif", "generated_crystals_cif.zip_gen_1.cif"]
    assert [atoms.info["id"] for atoms in given.structures] == ids
    assert list(given.places.loc[ids, "place"].str.split(",").str[0]) == ["member gen_0.cif", "member gen_1.cif"]
    assert not given.other
    assert not len(given.rejected)


def test_the_process_gives_each_file(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped([("a.cif", CIF.encode()), ("\x1b.cif", BROKEN), ("t.csv", TABLE)]))
    with Reader(files_section(), limits()) as reader:
        found = list(reader.read(tmp_path / "x.zip"))
    assert [each.label for each in found] == ["a.cif", "\N{REPLACEMENT CHARACTER}.cif", "t.csv#a", "t.csv#b", "t.csv#c"]
    assert [isinstance(each.cell, Rejected) for each in found] == [False, True, False, True, False]
    assert {each.cell.reason for each in found if isinstance(each.cell, Rejected)} == {Reason.UNREADABLE}


def test_archives_by_name() -> None:
    names = ["a.zip", "A.ZIP", "a.tar", "a.tgz", "a.tar.gz", "a.tar.bz2", "a.tar.xz", "a.tbz2", "a.txz", "POSCAR.zip"]
    assert {file_format(name) for name in names} == {"archive"}
    assert file_format("a.cif.zip") == "archive"
    assert file_format("zip") is None
