"""Files of all formats, mutated at random: no crash, no loss, and no crystal that its file does not say.

The formula of a mutated file is read from its text by a few lines of this module, which know where it stands.
"""

import csv
import io
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import ase.io
import pandas as pd
import pytest
from ase.data import chemical_symbols
from pymatgen.core import Composition, Structure
from pymatgen.io.ase import AseAtomsAdaptor
from pymatgen.io.vasp.inputs import Poscar

from ccdcgan.crystals.structures import Rejected
from ccdcgan.prototypes.readers.cif import document
from ccdcgan.prototypes.readers.parts import Crystal, attempt
from ccdcgan.prototypes.readers.reading import Found, Reader
from tests.conftest import bi2se3
from tests.prototypes.mixed_files import SALT
from tests.prototypes.readers.packing import PACKED, tarred, zipped
from tests.prototypes.readers.situations import FILES, files_section
from tests.prototypes.sources.optimade_entries import resource
from tests.prototypes.support import limits

MUTANTS = 120
"""Of each format."""
SYMBOL = (FILES / "natl_o2_colon2.cif").read_text()
TETRADYMITE = AseAtomsAdaptor.get_structure(bi2se3())
WORDS = [
    "0",
    "-1",
    "1e9",
    "0.5",
    "?",
    ".",
    "'",
    '"',
    ";",
    "\n",
    "loop_",
    "data_z",
    "Bi",
    "Se",
    "x,y,z",
    "#",
    "nan",
    ",",
]


def mutants(text: str, seed: int) -> Iterator[str]:
    """Texts with one to four random changes of letters, words or lines."""
    rng = random.Random(seed)
    for _ in range(MUTANTS):
        mutant = text
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            mutant = rng.choice([letter, letter, word, word, line, cut])(mutant, rng)
        yield mutant


def letter(text: str, rng: random.Random) -> str:
    place = rng.randrange(len(text) + 1)
    new = rng.choice(["", chr(rng.randrange(32, 127)), rng.choice(" \n\t0é\u2212")])
    return text[:place] + new + text[place + rng.randrange(2) :]


def word(text: str, rng: random.Random) -> str:
    """A word replaced, doubled or taken from elsewhere."""
    words = re.split(r"(\s+)", text)
    place = rng.randrange(0, len(words), 2)
    words[place] = rng.choice([rng.choice(WORDS), words[place] * 2, words[rng.randrange(0, len(words), 2)], ""])
    return "".join(words)


def line(text: str, rng: random.Random) -> str:
    """A line lost, doubled or moved."""
    lines = text.split("\n")
    taken = lines.pop(rng.randrange(len(lines)))
    for _ in range(rng.randrange(3)):
        lines.insert(rng.randrange(len(lines) + 1), taken)
    return "\n".join(lines)


def cut(text: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text) + 1)]


# What a file says, in the words of its format: compositions of all structures in it, in order; None where it says none.

Said = list[Composition | None]


def said_by_cif(text: str) -> Said:
    found = re.findall(r"(?im)^\s*_chemical_formula_sum\s+(?:'([^'\n]*)'|\"([^\"\n]*)\"|(\S+))\s*$", text)
    return [composition("".join(each)) for each in found]


def composition(text: str) -> Composition | None:
    try:
        return Composition(re.sub(r"\s", "", text.title()), strict=True)
    except ValueError:
        return None


def said_by_poscar(text: str) -> Said:
    lines = text.split("\n")
    if re.match(r"\s*\d", lines[5]):  # of VASP 4: the comment names the elements
        lines.insert(5, re.sub(r"\d", "", lines[0]))
    counts = [int(count) for count in re.findall(r"\d+", lines[6])]
    symbols = [re.split("[_/]", name)[0].capitalize() for name in lines[5].split()]
    found: Counter[str] = Counter()
    for symbol, count in zip(symbols, counts, strict=False):
        found[symbol] += count
    return [Composition(found)]


def said_by_xyz(text: str) -> Said:
    lines, found = text.split("\n"), []
    for index, head in enumerate(lines):
        if head.strip().isdecimal() and int(head) < 100:
            atoms = [line.split()[0] for line in lines[index + 2 : index + 2 + int(head)] if line.split()]
            found.append(composition(" ".join(atoms)))
    return found


def said_by_json(text: str) -> Said:
    data, found = json.loads(text), []
    for each in data if isinstance(data, list) else [data, *data.values()]:
        elements = re.findall('"element": "([^"]*)"', json.dumps(each))
        found.append(composition(" ".join(elements)))
    return found


def said_by_lines(text: str) -> Said:
    found = []
    for line in text.split("\n"):
        with suppress(ValueError):
            found += said_by_json(line)
    return found


def said_by_optimade(text: str) -> Said:
    answers = json.loads(text)["data"]
    found = []
    for each in answers:
        with suppress(KeyError, TypeError):
            attributes = each["attributes"]
            names = {kind["name"]: kind["chemical_symbols"][0] for kind in attributes["species"]}
            found.append(composition(" ".join(names[name] for name in attributes["species_at_sites"])))
    return found


def said_by_res(text: str) -> Said:
    found = []
    for block in re.split(r"(?im)^\s*END\s*$", text):
        sites = re.split(r"(?im)^\s*SFAC\b.*$", block)[-1]
        atoms = re.findall(r"(?m)^\s*([A-Z][a-z]?)\s+\d+\s", sites)
        found.append(composition(" ".join(atoms)))
    return found


def said_by_xsf(text: str) -> Said:
    """One crystal, whose atoms are numbers of elements."""
    atoms = re.findall(r"(?m)^\s*(\S+)(?:\s+\S+){3}\s*$", text.partition("PRIMCOORD")[2].partition("\n")[2])
    return [composition(" ".join(chemical_symbols[int(each)] if each.isdecimal() else each for each in atoms))]


def said_by_gen(text: str) -> Said:
    lines = [line for line in text.split("\n") if line.strip()]
    names = lines[1].split()
    return [composition(" ".join(names[int(line.split()[1]) - 1] for line in lines[2 : 2 + int(lines[0].split()[0])]))]


def said_by_table(text: str) -> Said:
    return [said for row in csv.DictReader(io.StringIO(text)) for said in said_by_cif(row.get("cif") or "")]


def frames() -> str:
    buffer = io.StringIO()
    ase.io.write(buffer, [bi2se3(), AseAtomsAdaptor.get_atoms(SALT, msonable=False)], format="extxyz")
    return buffer.getvalue()


def table() -> str:
    return pd.DataFrame({"id": ["a", "b"], "cif": [SALT.to(fmt="cif"), SYMBOL]}).to_csv(index=False)


def as_ase(kind: str) -> str:
    buffer = io.StringIO()
    ase.io.write(buffer, bi2se3(), format=kind)
    return buffer.getvalue()


def answer() -> str:
    return json.dumps({"data": [resource("a", TETRADYMITE), resource("b", SALT)]})


FORMATS: dict[str, tuple[str, Callable[[str], Said]]] = {
    "plain.cif": (SALT.to(fmt="cif"), said_by_cif),
    "operators.cif": (TETRADYMITE.to(fmt="cif", symprec=0.01), said_by_cif),
    "symbol.cif": (SYMBOL, said_by_cif),
    "blocks.cif": (SALT.to(fmt="cif") + SYMBOL, said_by_cif),
    "x.vasp": (Poscar(TETRADYMITE).get_str(), said_by_poscar),
    "x.extxyz": (frames(), said_by_xyz),
    "x.json": (json.dumps([SALT.as_dict(), TETRADYMITE.as_dict()]), said_by_json),
    "x.csv": (table(), said_by_table),
    "x.jsonl": (f"{json.dumps(SALT.as_dict())}\n{json.dumps(TETRADYMITE.as_dict())}\n", said_by_lines),
    "named.json": (json.dumps({"a": SALT.as_dict(), "b": TETRADYMITE.as_dict()}), said_by_json),
    "optimade.json": (answer(), said_by_optimade),
    "VASP4.vasp": (Poscar(TETRADYMITE, comment="Bi Se").get_str().replace("Bi Se\n2 3", "2 3"), said_by_poscar),
    "x.res": ((FILES / "airss.res").read_text(), said_by_res),
    "x.xsf": (as_ase("xsf"), said_by_xsf),
    "x.gen": (as_ase("gen"), said_by_gen),
}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader(files_section(time_limit=20.0), limits(max_atoms=1000)) as reader:
        yield reader


def said(name: str, text: str) -> set[str]:
    """Reduced formulas that the file says."""
    try:
        compositions = FORMATS[name][1](text)
    except Exception:  # the text is none of its format any more
        return set()
    return {each.reduced_formula for each in compositions if each}


def has_lost_a_formula(name: str, text: str) -> bool:
    """Whether there are fewer lines with a formula than in the file that was mutated."""
    tag = r"(?m)^\s*_chemical_formula_sum\s"
    return len(re.findall(tag, text)) < len(re.findall(tag, FORMATS[name][0]))


def formula(found: Found) -> str:
    assert found.elements is not None
    return Composition(Counter(found.elements[kind] for kind in found.cell.species)).reduced_formula


@pytest.mark.parametrize("name", FORMATS)
def test_mutants(name: str, tmp_path: Path, reader: Reader) -> None:
    text, _ = FORMATS[name]
    begun, outcomes = None, Counter[str]()
    for number, mutant in enumerate([text, *mutants(text, seed=7)]):
        path = tmp_path / f"{number}_{name}"
        path.write_text(mutant, encoding="utf-8")
        found = list(reader.read(path))
        assert found, mutant
        assert begun is None or reader._process is begun, mutant  # it never ended
        begun = reader._process
        assert len({each.label for each in found}) == len(found) or name == "x.csv"
        for each in found:
            if isinstance(each.cell, Rejected):
                assert each.cell.detail, mutant
                outcomes["rejected"] += 1
                continue
            outcomes["read"] += 1
            assert formula(each) in said(name, mutant) or has_lost_a_formula(name, mutant), mutant
    assert outcomes["read"] > 5
    assert outcomes["rejected"] > 20


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_mutants_in_an_archive(kind: str, tmp_path: Path, reader: Reader) -> None:
    """Every file of an archive is told, as it is alone."""
    texts = {name: [text, *mutants(text, seed=9)][:12] for name, (text, _) in FORMATS.items()}
    members = [(f"{number}_{name}", text) for name, each in texts.items() for number, text in enumerate(each)]
    path = tmp_path / f"x.{kind}"
    path.write_bytes({"zip": zipped, "tar": tarred}[kind]([(name, text.encode()) for name, text in members]))
    together = list(reader.read(path))
    alone = []
    for name, text in members:
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
        found = reader.read(tmp_path / name) if text else []
        alone += [("#".join(filter(None, (name, each.label))), str(each.cell)) for each in found]
    assert [(each.label, str(each.cell)) for each in together if "empty file" not in str(each.cell)] == alone


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz"])
def test_archives_with_wrong_bytes(name: str, tmp_path: Path, reader: Reader) -> None:
    """No crash, and no crystal but those that the files say."""
    texts = [("a.cif", FORMATS["plain.cif"][0]), ("b.cif", FORMATS["operators.cif"][0])]
    whole = PACKED[name]([(each, text.encode()) for each, text in texts])
    rng = random.Random(5)
    process, outcomes = None, Counter[str]()
    for number in range(MUTANTS):
        content = bytearray(whole)
        for _ in range(rng.choice([1, 2, 8])):
            content[rng.randrange(len(content))] = rng.randrange(256)
        path = tmp_path / f"{number}_{name}"
        path.write_bytes(content[: rng.choice([len(content), len(content), rng.randrange(1, len(content))])])
        found = list(reader.read(path))
        assert found
        assert process is None or reader._process is process
        process = reader._process
        for each in found:
            if isinstance(each.cell, Rejected):
                assert each.cell.detail
                outcomes["rejected"] += 1
            else:
                outcomes["read"] += 1
                assert formula(each) in {"NaCl", "Bi2Se3"}
    assert outcomes["rejected"] > 20
    assert outcomes["read"] > 5 or name == "x.tar.gz"


def test_the_formulas_are_those_of_the_files() -> None:
    """The few lines that read them know their formats."""
    assert said("plain.cif", FORMATS["plain.cif"][0]) == {"NaCl"}
    assert said("x.vasp", FORMATS["x.vasp"][0]) == {"Bi2Se3"}
    for name in ("x.extxyz", "x.json", "x.jsonl", "optimade.json"):
        assert said(name, FORMATS[name][0]) == {"Bi2Se3", "NaCl"}
    for name in ("VASP4.vasp", "x.res", "x.xsf", "x.gen"):
        assert said(name, FORMATS[name][0]) == {"Bi2Se3"}
    assert len(said("x.csv", FORMATS["x.csv"][0])) == 2


def test_a_lost_atom_of_an_operator_list_is_seen() -> None:
    """Every line lost, one at a time, that of the formula among them: right, or refused."""
    for text, right in ((SALT.to(fmt="cif"), "NaCl"), (TETRADYMITE.to(fmt="cif", symprec=0.01), "Bi2Se3")):
        lines = text.split("\n")
        read = 0
        for index in range(len(lines)):
            mutant = "\n".join(lines[:index] + lines[index + 1 :])
            parts = attempt(lambda mutant=mutant: document.parts(mutant))
            if isinstance(parts, Rejected):
                continue
            for crystal in (attempt(part.parse) for part in parts):
                if isinstance(crystal, Crystal):
                    structure: Structure = crystal.structure
                    assert structure.composition.reduced_formula == right, lines[index]
                    read += 1
        assert read > 5
