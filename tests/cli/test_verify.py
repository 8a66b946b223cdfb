import json

import pytest

from ccdcgan.cli.main import main
from ccdcgan.cli.verify import verify
from ccdcgan.runs.provenance import manifest

FUNNEL = {
    "prototypes": {"enumerated": 3, "sampled": 2, "rejected": {"too_long": 1}},
    "database": {
        "prototypes": 2,
        "relaxed": 2,
        "subsystems": 0,
        "rejected": {},
        "reconstructed": {"train": {"n": 1, "matched": 1}, "held_out": {"n": 1, "matched": 0}},
    },
    "models": {"dcgan": {"generated": 4, "decoded": 3, "relaxed": 2, "rejected": {"decoding.x": 1, "relaxation.y": 1}}},
}


@pytest.fixture
def results(tmp_path, config):
    """A run that is small, but whole."""
    folder = tmp_path / "results/test"
    for name, text in {
        "funnel.json": json.dumps(FUNNEL),
        "candidates.csv": "id\na\n",
        "gan/dcgan/history.csv": "step\n1\n",
        "relaxation/0000/a/POTCAR": "PAW_PBE Bi 08Apr2002\n",
        "relaxation/0000/a/INCAR": "ENCUT = 500\n",
        "logs/gan.log": "",
        "benchmarks/gan.tsv": "",
        ".jobs/candidates.csv.json": "{}",
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix in (".json", ".csv", "")]
    listed = [path for path in files if path.relative_to(folder).parts[0] not in ("logs", "benchmarks", ".jobs")]
    (folder / "manifest.json").write_text(json.dumps(manifest(folder, listed, config)))
    return folder


def test_a_run_as_it_was_finished_has_no_differences(results, capsys):
    assert main(["verify", str(results)]) == 0
    assert "5 files in manifest.json, no differences" in capsys.readouterr().out


def test_every_difference_is_named(results, capsys):
    (results / "candidates.csv").write_text("id\nb\n")
    (results / "relaxation/0000/a/INCAR").write_text("")
    (results / "gan/dcgan/history.csv").unlink()
    (results / "gan/dcgan/notes.txt").write_text("?")
    sentences = verify(results)
    assert [sentence.split(": ")[0] for sentence in sentences] == [
        "candidates.csv",
        "gan/dcgan/history.csv",
        "gan/dcgan/notes.txt",
        "relaxation/0000/a/INCAR",
    ]
    for sentence, word in zip(sentences, ["sha256", "missing", "not in manifest", "0 bytes"], strict=True):
        assert word in sentence
    assert main(["verify", str(results)]) == 1
    out = capsys.readouterr().out
    assert all(sentence in out for sentence in sentences)
    assert "4 differences" in out


def test_sums_that_do_not_close_are_a_difference_whatever_the_manifest_says(results, config):
    FUNNEL_WRONG = json.loads(json.dumps(FUNNEL))
    FUNNEL_WRONG["models"]["dcgan"]["relaxed"] = 3
    (results / "funnel.json").write_text(json.dumps(FUNNEL_WRONG))
    record = json.loads((results / "manifest.json").read_text())
    listed = [results / name for name in record["artifacts"]]
    (results / "manifest.json").write_text(json.dumps(manifest(results, listed, config)))
    (sentence,) = verify(results)
    assert sentence.startswith("funnel.json: dcgan: 4 entered, 3 left")


def test_a_run_without_manifest_is_one_sentence(tmp_path, capsys):
    assert main(["verify", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "manifest.json" in message
    assert message.count("\n") == 1
