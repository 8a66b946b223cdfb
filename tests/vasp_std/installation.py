"""Where tests find the stand-in and its POTCARs: as a user finds VASP and the licensed ones.

These POTCARs hold nothing but the headers that pymatgen reads.
"""

import os
import sys
from pathlib import Path

import pytest
from ase.data import atomic_masses, atomic_numbers

HEADER = """  PAW_PBE {element} 01Jan2026
   {valence:.1f}
 parameters from PSCTR are:
   VRHFIN ={element}: none
   LEXCH  = PE
   EATOM  =   100.0000 eV,    7.3500 Ry

   TITEL  = PAW_PBE {element} 01Jan2026
   LULTRA =        F    use ultrasoft PP ?
   IUNSCR =        1    unscreen: 0-lin 1-nonlin 2-no
   RPACOR =     .000    partial core radius
   POMASS = {mass:8.3f}; ZVAL   = {valence:7.3f}    mass and valenz
   RCORE  =    2.300    outmost cutoff radius
   ENMAX  =  250.000; ENMIN  = 180.000 eV
   LPAW   =        T    paw PP
 END of PSCTR-controll parameters
 local part
  0.0  0.0
 End of Dataset
"""


def write_potcars(folder: Path, *symbols: str) -> Path:
    """Write a POTCAR for each symbol (such as Fe_pv) of set PBE_54, and return the folder for PMG_VASP_PSP_DIR."""
    for symbol in symbols:
        path = folder / "POT_GGA_PAW_PBE_54" / symbol / "POTCAR"
        path.parent.mkdir(parents=True)
        element = symbol.partition("_")[0]
        mass = atomic_masses[atomic_numbers[element]]
        path.write_text(HEADER.format(element=element, mass=mass, valence=5.0))
    return folder


def install(patch: pytest.MonkeyPatch, folder: Path, *elements: str) -> Path:
    """Put `vasp_std` on the PATH, and POTCARs into a folder, which is returned."""
    parts = [Path(__file__).parent, Path(sys.executable).parent, os.environ["PATH"]]
    patch.setenv("PATH", os.pathsep.join(map(str, parts)))
    patch.setenv("PMG_VASP_PSP_DIR", str(write_potcars(folder, *elements)))
    return folder
